package dev.rootmean.contract;

import dev.rootmean.DataType;
import java.nio.Buffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;

/**
 * Floats or doubles on the heap, to be calculated with as doubles: {@link ScalarDevice}'s memory.
 */
public final class TypedArray {
  private final float[] floats;
  private final double[] doubles;

  TypedArray(DataType type, int length) {
    floats = type == DataType.FLOAT32 ? new float[length] : null;
    doubles = type == DataType.FLOAT64 ? new double[length] : null;
  }

  int length() {
    return floats != null ? floats.length : doubles.length;
  }

  /**
   * Reads an element.
   *
   * @param i its index
   * @return its value
   */
  public double get(int i) {
    return floats != null ? floats[i] : doubles[i];
  }

  /**
   * Overwrites an element.
   *
   * @param i its index
   * @param x its value, which is rounded to the type
   */
  public void set(int i, double x) {
    if (floats != null) {
      floats[i] = (float) x;
    } else {
      doubles[i] = x;
    }
  }

  TypedArray copy() {
    TypedArray copy =
        new TypedArray(floats != null ? DataType.FLOAT32 : DataType.FLOAT64, length());
    copy.copyFrom(this, 0, 0, length());
    return copy;
  }

  void copyFrom(TypedArray source, int from, int to, int count) {
    if (floats != null) {
      System.arraycopy(source.floats, from, floats, to, count);
    } else {
      System.arraycopy(source.doubles, from, doubles, to, count);
    }
  }

  void write(int at, Buffer source) {
    if (floats != null) {
      ((FloatBuffer) source).get(floats, at, source.remaining());
    } else {
      ((DoubleBuffer) source).get(doubles, at, source.remaining());
    }
  }

  void read(int at, Buffer target) {
    if (floats != null) {
      ((FloatBuffer) target).put(floats, at, target.remaining());
    } else {
      ((DoubleBuffer) target).put(doubles, at, target.remaining());
    }
  }
}
