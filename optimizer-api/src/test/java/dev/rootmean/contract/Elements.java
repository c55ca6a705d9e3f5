package dev.rootmean.contract;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;

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
    } else {
      buffer.write(source);
    }
  }

  static void write(
      DeviceBuffer buffer, long offset, double[] source, int sourceOffset, int count) {
    if (buffer.dataType() == DataType.FLOAT32) {
      buffer.write(offset, floats(source), sourceOffset, count);
    } else {
      buffer.write(offset, source, sourceOffset, count);
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
    } else {
      buffer.read(target);
    }
  }

  static void read(DeviceBuffer buffer, long offset, double[] target, int targetOffset, int count) {
    if (buffer.dataType() == DataType.FLOAT32) {
      float[] floats = floats(target);
      buffer.read(offset, floats, targetOffset, count);
      copy(floats, target);
    } else {
      buffer.read(offset, target, targetOffset, count);
    }
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
