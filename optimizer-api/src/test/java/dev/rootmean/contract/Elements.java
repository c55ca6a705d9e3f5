package dev.rootmean.contract;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A buffer's elements as doubles, whatever its type, so that the contract is written once. A float
 * keeps its value; only a NaN may lose its payload.
 */
public final class Elements {
  private Elements() {}

  /**
   * Overwrites a buffer.
   *
   * @param buffer of any type
   * @param source its new elements, which that type can hold
   */
  public static void write(DeviceBuffer buffer, double[] source) {
    if (buffer.dataType() == DataType.FLOAT32) {
      buffer.write(floats(source));
    } else if (buffer.dataType() == DataType.FLOAT64) {
      buffer.write(source);
    } else {
      write(buffer, 0, source, 0, source.length);
    }
  }

  /**
   * Overwrites a part of a buffer.
   *
   * @param buffer of any type
   * @param offset of the first element in the buffer
   * @param source holds its new elements, which that type can hold
   * @param sourceOffset of the first element in the source
   * @param count the number of elements
   */
  public static void write(
      DeviceBuffer buffer, long offset, double[] source, int sourceOffset, int count) {
    if (buffer.dataType() == DataType.FLOAT32) {
      buffer.write(offset, floats(source), sourceOffset, count);
    } else if (buffer.dataType() == DataType.FLOAT64) {
      buffer.write(offset, source, sourceOffset, count);
    } else {
      DataType type = buffer.dataType();
      ByteBuffer bytes = bytes(type, count);
      for (int i = 0; i < count; i++) {
        type.put(bytes, i * type.bytes(), source[sourceOffset + i]);
      }
      buffer.write(offset, bytes);
    }
  }

  /**
   * Copies a buffer.
   *
   * @param buffer of any type
   * @param target takes its elements
   */
  public static void read(DeviceBuffer buffer, double[] target) {
    if (buffer.dataType() == DataType.FLOAT32) {
      float[] floats = floats(target);
      buffer.read(floats);
      copy(floats, target);
    } else if (buffer.dataType() == DataType.FLOAT64) {
      buffer.read(target);
    } else {
      read(buffer, 0, target, 0, target.length);
    }
  }

  /**
   * Copies a part of a buffer.
   *
   * @param buffer of any type
   * @param offset of the first element in the buffer
   * @param target takes the elements
   * @param targetOffset of the first element in the target
   * @param count the number of elements
   */
  public static void read(
      DeviceBuffer buffer, long offset, double[] target, int targetOffset, int count) {
    if (buffer.dataType() == DataType.FLOAT32) {
      float[] floats = floats(target);
      buffer.read(offset, floats, targetOffset, count);
      copy(floats, target);
    } else if (buffer.dataType() == DataType.FLOAT64) {
      buffer.read(offset, target, targetOffset, count);
    } else {
      DataType type = buffer.dataType();
      ByteBuffer bytes = bytes(type, count);
      buffer.read(offset, bytes);
      for (int i = 0; i < count; i++) {
        target[targetOffset + i] = type.get(bytes, i * type.bytes());
      }
    }
  }

  private static ByteBuffer bytes(DataType type, int count) {
    return ByteBuffer.allocate(count * type.bytes()).order(ByteOrder.nativeOrder());
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static void copy(float[] floats, double[] target) {
    for (int i = 0; i < target.length; i++) {
      target[i] = floats[i];
    }
  }
}
