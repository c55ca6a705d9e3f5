package dev.rootmean.contract.machinery;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Float buffers or double buffers, whichever a type asks for, and their elements as doubles. */
final class HostBuffers {
  private HostBuffers() {}

  /**
   * One of each kind: of an array, and of bytes in either order, direct or not. Each lies within
   * other memory, and goes on beyond its limit. Its position is its limit: nothing remains.
   */
  static List<Buffer> ofAllKinds(DataType type, int limit) {
    boolean floats = type == DataType.FLOAT32;
    int capacity = limit + 7;
    int bytes = capacity * type.bytes();
    List<Buffer> all = new ArrayList<>();
    all.add(floats ? FloatBuffer.allocate(capacity) : DoubleBuffer.allocate(capacity));
    for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
      for (ByteBuffer memory :
          new ByteBuffer[] {ByteBuffer.allocate(bytes), ByteBuffer.allocateDirect(bytes)}) {
        memory.order(order);
        all.add(floats ? memory.asFloatBuffer() : memory.asDoubleBuffer());
      }
    }
    all.replaceAll(buffer -> buffer.slice(3, capacity - 3).limit(limit).position(limit));
    return all;
  }

  static Buffer readOnly(Buffer buffer) {
    return buffer instanceof FloatBuffer floats
        ? floats.asReadOnlyBuffer()
        : ((DoubleBuffer) buffer).asReadOnlyBuffer();
  }

  /** Overwrites elements from the first one on. */
  static void put(Buffer buffer, double[] values) {
    for (int i = 0; i < values.length; i++) {
      if (buffer instanceof FloatBuffer floats) {
        floats.put(i, (float) values[i]);
      } else {
        ((DoubleBuffer) buffer).put(i, values[i]);
      }
    }
  }

  /** All elements up to the limit. */
  static double[] values(Buffer buffer) {
    double[] values = new double[buffer.limit()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          buffer instanceof FloatBuffer floats ? floats.get(i) : ((DoubleBuffer) buffer).get(i);
    }
    return values;
  }

  static void write(DeviceBuffer target, long offset, Buffer source, int at, int count) {
    if (source instanceof FloatBuffer floats) {
      target.write(offset, floats, at, count);
    } else {
      target.write(offset, (DoubleBuffer) source, at, count);
    }
  }

  static void read(DeviceBuffer source, long offset, Buffer target, int at, int count) {
    if (target instanceof FloatBuffer floats) {
      source.read(offset, floats, at, count);
    } else {
      source.read(offset, (DoubleBuffer) target, at, count);
    }
  }
}
