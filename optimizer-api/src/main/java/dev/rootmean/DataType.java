package dev.rootmean;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * How an element of a buffer is stored. What a step computes in is the {@link #compute} type of its
 * parameters; which types go together is in {@link dev.rootmean.spi.Kernels}.
 */
public enum DataType {
  /** IEEE 754 binary32, a Java {@code float}. */
  FLOAT32(Float.BYTES),
  /** IEEE 754 binary64, a Java {@code double}. */
  FLOAT64(Double.BYTES),
  /**
   * The upper half of a {@link #FLOAT32}: its sign, its exponent, and 7 bits of its fraction. Only
   * gradients are stored so, beside parameters in {@code FLOAT32}; they come and go as bytes.
   */
  BFLOAT16(Short.BYTES);

  private final int bytes;

  DataType(int bytes) {
    this.bytes = bytes;
  }

  private static float widened(short bits) {
    return Float.intBitsToFloat(bits << Short.SIZE);
  }

  /** To nearest, ties to even; a NaN stays one, whatever its low bits. */
  private static short narrowed(float x) {
    int bits = Float.floatToRawIntBits(x);
    if (Float.isNaN(x)) {
      return (short) ((bits >>> Short.SIZE) | 0x40);
    }
    return (short) ((bits + 0x7FFF + ((bits >>> Short.SIZE) & 1)) >>> Short.SIZE);
  }

  /**
   * The size of one element.
   *
   * @return the size in bytes
   */
  public int bytes() {
    return bytes;
  }

  /**
   * The type that elements of this one are computed in: each of them has its exact value there.
   *
   * @return {@link #FLOAT32} or {@link #FLOAT64}
   */
  public DataType compute() {
    return switch (this) {
      case FLOAT32, BFLOAT16 -> FLOAT32;
      case FLOAT64 -> FLOAT64;
    };
  }

  /**
   * Rounds to this type.
   *
   * @param x any number; for a type of less than 32 bits it is rounded to a {@code float} first
   * @return the nearest number that this type has, ties to even
   */
  public double round(double x) {
    return switch (this) {
      case FLOAT32 -> (float) x;
      case FLOAT64 -> x;
      case BFLOAT16 -> widened(narrowed((float) x));
    };
  }

  /**
   * Bytes as elements.
   *
   * @param bytes what remains in it is viewed, in the buffer's byte order
   * @return a {@link java.nio.FloatBuffer}, a {@link java.nio.DoubleBuffer} or, for 16 bits, a
   *     {@link java.nio.ShortBuffer}
   */
  public Buffer elements(ByteBuffer bytes) {
    return switch (this) {
      case FLOAT32 -> bytes.asFloatBuffer();
      case FLOAT64 -> bytes.asDoubleBuffer();
      case BFLOAT16 -> bytes.asShortBuffer();
    };
  }

  /**
   * Copies elements from one buffer to another: all that remain in the source.
   *
   * @param source elements, as {@link #elements} gives them
   * @param target room for as many of them
   */
  public void copy(Buffer source, Buffer target) {
    Buffer unused = // an expression, which no type can be missing from
        switch (this) {
          case FLOAT32 -> ((FloatBuffer) target).put((FloatBuffer) source);
          case FLOAT64 -> ((DoubleBuffer) target).put((DoubleBuffer) source);
          case BFLOAT16 -> ((ShortBuffer) target).put((ShortBuffer) source);
        };
  }

  /**
   * Reads an element.
   *
   * @param bytes where from, in the buffer's byte order
   * @param at the index of its first byte
   * @return its value
   */
  public double get(ByteBuffer bytes, int at) {
    return switch (this) {
      case FLOAT32 -> bytes.getFloat(at);
      case FLOAT64 -> bytes.getDouble(at);
      case BFLOAT16 -> widened(bytes.getShort(at));
    };
  }

  /**
   * Writes an element.
   *
   * @param bytes where to, in the buffer's byte order
   * @param at the index of its first byte
   * @param x its value, rounded as by {@link #round}
   */
  public void put(ByteBuffer bytes, int at, double x) {
    ByteBuffer unused = // an expression, which no type can be missing from
        switch (this) {
          case FLOAT32 -> bytes.putFloat(at, (float) x);
          case FLOAT64 -> bytes.putDouble(at, x);
          case BFLOAT16 -> bytes.putShort(at, narrowed((float) x));
        };
  }

  /**
   * Refuses a setting that is above 0 and would be 0 in this type: who sets one means it to act.
   *
   * @param name what it is called
   * @param value the setting
   * @throws IllegalArgumentException if it would be 0, naming it and the least that would not
   */
  void requireNotLost(String name, double value) {
    if (value > 0 && round(value) == 0) {
      float least = this == BFLOAT16 ? widened((short) 1) : Float.MIN_VALUE;
      throw new IllegalArgumentException(
          name + " " + value + " is 0 in " + this + ": expected at least " + least);
    }
  }
}
