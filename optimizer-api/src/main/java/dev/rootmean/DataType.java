package dev.rootmean;

import dev.rootmean.spi.Block8;
import dev.rootmean.spi.Halves;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;

/**
 * How an element of a buffer is stored. What a step computes in is the {@link #compute} type of its
 * parameters; which types go together is in {@link dev.rootmean.spi.Kernels}.
 *
 * @since 0.1.0
 */
public enum DataType {
  /** IEEE 754 binary32, a Java {@code float}. */
  FLOAT32(Carrier.FLOAT),
  /** IEEE 754 binary64, a Java {@code double}. */
  FLOAT64(Carrier.DOUBLE),
  /** The upper half of a {@link #FLOAT32}: its sign, its exponent, and 7 bits of its fraction. */
  BFLOAT16(Carrier.SHORT),
  /** IEEE 754 binary16: 5 bits of exponent, so ±65,504 at most, and 10 bits of fraction. */
  FLOAT16(Carrier.SHORT),
  /**
   * A whole number of 16 bits, with a sign: the lower half of a {@link #FLOAT32} whose upper half
   * is kept as {@link #BFLOAT16}.
   */
  INT16(Carrier.SHORT),
  /** A whole number of 32 bits, with a sign: a place. Nothing is computed in it. */
  INT32(Carrier.INT),
  /**
   * Numbers of 0 or more in 8 bits, in blocks of 1,024 that have an {@link #INT32} base each: three
   * bits of fraction, and within a block a range of 2^31. {@link Block8} says how. For square
   * averages.
   */
  BLOCK8(Carrier.BYTE),
  /** The same with a sign, and a range of 2^15 within a block: the other accumulators there. */
  SIGNED_BLOCK8(Carrier.BYTE);

  /** The Java type that elements come and go in, bit for bit. */
  public enum Carrier {
    /** {@code float}, and {@link FloatBuffer}. */
    FLOAT(Float.BYTES),
    /** {@code double}, and {@link DoubleBuffer}. */
    DOUBLE(Double.BYTES),
    /** {@code short}, and {@link ShortBuffer}. */
    SHORT(Short.BYTES),
    /** {@code int}, and {@link IntBuffer}. */
    INT(Integer.BYTES),
    /** {@code byte}, and {@link ByteBuffer}. */
    BYTE(Byte.BYTES);

    private final int bytes;

    Carrier(int bytes) {
      this.bytes = bytes;
    }
  }

  private final Carrier carrier;

  DataType(Carrier carrier) {
    this.carrier = carrier;
  }

  /**
   * The Java type that elements come and go in.
   *
   * @return it has as many bits as an element
   */
  public Carrier carrier() {
    return carrier;
  }

  /**
   * The size of one element.
   *
   * @return the size in bytes
   */
  public int bytes() {
    return carrier.bytes;
  }

  /**
   * The memory that elements take.
   *
   * @param length how many they are
   * @return the size in bytes, of whole words of 32 bits where elements are 8
   */
  public long bytes(long length) {
    long bytes = length * bytes();
    return carrier == Carrier.BYTE ? (bytes + Integer.BYTES - 1) / Integer.BYTES * 4 : bytes;
  }

  /**
   * Whether elements are numbers in blocks, together with a base for each block.
   *
   * @return true for {@link #BLOCK8} and {@link #SIGNED_BLOCK8}
   */
  public boolean isInBlocks() {
    return carrier == Carrier.BYTE;
  }

  /**
   * This type for numbers below zero too.
   *
   * @return {@link #SIGNED_BLOCK8} for {@link #BLOCK8}, and this for all others, which have a sign
   */
  public DataType withSign() {
    return this == BLOCK8 ? SIGNED_BLOCK8 : this;
  }

  /**
   * The type that elements of this one are computed in: each of them has its exact value there, but
   * of {@link #INT32}.
   *
   * @return {@link #FLOAT32} or {@link #FLOAT64}
   */
  public DataType compute() {
    return this == FLOAT64 ? FLOAT64 : FLOAT32;
  }

  /** The value that 16 bits have. */
  private float value(short bits) {
    return switch (this) {
      case BFLOAT16 -> Halves.ofBfloat16(bits);
      case FLOAT16 -> Halves.ofFloat16(bits);
      case INT16 -> bits;
      case FLOAT32, FLOAT64, INT32, BLOCK8, SIGNED_BLOCK8 -> throw other();
    };
  }

  /** The 16 bits that are nearest to a number. */
  private short bits(float x) {
    return switch (this) {
      case BFLOAT16 -> (short) Halves.nearestBfloat16(x);
      case FLOAT16 -> (short) Halves.nearestFloat16(x);
      case INT16 -> (short) Math.max(Short.MIN_VALUE, Math.min(Math.rint(x), Short.MAX_VALUE));
      case FLOAT32, FLOAT64, INT32, BLOCK8, SIGNED_BLOCK8 -> throw other();
    };
  }

  /** The whole number that is nearest to a number. */
  private static int whole(double x) {
    return (int) Math.rint(x);
  }

  private AssertionError other() {
    return new AssertionError(this + " has not 16 bits");
  }

  private UnsupportedOperationException noBase() {
    return new UnsupportedOperationException(
        "8 bits of " + this + " are no number without the base of their block");
  }

  /**
   * Rounds to this type.
   *
   * @param x any number; for a type of less than 32 bits it is rounded to a {@code float} first
   * @return the nearest number that this type has, ties to even; beyond all of them infinity, and
   *     for whole numbers, where a NaN becomes 0, the last one. In blocks, as the only one of its
   *     block: see {@link Block8#round}
   */
  public double round(double x) {
    return switch (carrier) {
      case FLOAT -> (float) x;
      case DOUBLE -> x;
      case SHORT -> value(bits((float) x));
      case INT -> whole(x);
      case BYTE -> Block8.round((float) x, Block8.top(this));
    };
  }

  /**
   * Bytes as elements.
   *
   * @param bytes what remains in it is viewed, in the buffer's byte order
   * @return a buffer of the {@link #carrier}
   */
  public Buffer elements(ByteBuffer bytes) {
    return switch (carrier) {
      case FLOAT -> bytes.asFloatBuffer();
      case DOUBLE -> bytes.asDoubleBuffer();
      case SHORT -> bytes.asShortBuffer();
      case INT -> bytes.asIntBuffer();
      case BYTE -> bytes.slice();
    };
  }

  /**
   * Copies elements from one buffer to another: all that remain in the source. Where one has floats
   * and the other another type of at most 32 bits, they are rounded to nearest, or widened.
   *
   * @param source elements, as {@link #elements} gives them, or floats
   * @param target room for as many elements, or floats
   * @throws UnsupportedOperationException if one has floats and the elements are in blocks
   */
  public void copy(Buffer source, Buffer target) {
    if (isInBlocks() && (source instanceof FloatBuffer || target instanceof FloatBuffer)) {
      throw noBase();
    }
    if (carrier != Carrier.FLOAT && source instanceof FloatBuffer floats) {
      round(floats, target);
      return;
    }
    if (carrier != Carrier.FLOAT && target instanceof FloatBuffer floats) {
      widen(source, floats);
      return;
    }
    Buffer unused = // an expression, which no type can be missing from
        switch (carrier) {
          case FLOAT -> ((FloatBuffer) target).put((FloatBuffer) source);
          case DOUBLE -> ((DoubleBuffer) target).put((DoubleBuffer) source);
          case SHORT -> ((ShortBuffer) target).put((ShortBuffer) source);
          case INT -> ((IntBuffer) target).put((IntBuffer) source);
          case BYTE -> ((ByteBuffer) target).put((ByteBuffer) source);
        };
  }

  private void round(FloatBuffer source, Buffer target) {
    while (source.hasRemaining()) {
      if (target instanceof ShortBuffer shorts) {
        shorts.put(bits(source.get()));
      } else {
        ((IntBuffer) target).put(whole(source.get()));
      }
    }
  }

  private void widen(Buffer source, FloatBuffer target) {
    while (source.hasRemaining()) {
      target.put(
          source instanceof ShortBuffer shorts ? value(shorts.get()) : ((IntBuffer) source).get());
    }
  }

  /**
   * Reads an element.
   *
   * @param bytes where from, in the buffer's byte order
   * @param at the index of its first byte
   * @return its value
   * @throws UnsupportedOperationException if it is one of a block
   */
  public double get(ByteBuffer bytes, int at) {
    return switch (carrier) {
      case FLOAT -> bytes.getFloat(at);
      case DOUBLE -> bytes.getDouble(at);
      case SHORT -> value(bytes.getShort(at));
      case INT -> bytes.getInt(at);
      case BYTE -> throw noBase();
    };
  }

  /**
   * Writes an element.
   *
   * @param bytes where to, in the buffer's byte order
   * @param at the index of its first byte
   * @param x its value, rounded as by {@link #round}
   * @throws UnsupportedOperationException if it is one of a block
   */
  public void put(ByteBuffer bytes, int at, double x) {
    ByteBuffer unused = // an expression, which no type can be missing from
        switch (carrier) {
          case FLOAT -> bytes.putFloat(at, (float) x);
          case DOUBLE -> bytes.putDouble(at, x);
          case SHORT -> bytes.putShort(at, bits((float) x));
          case INT -> bytes.putInt(at, whole(x));
          case BYTE -> throw noBase();
        };
  }

  /**
   * Refuses a finite setting that would be infinite in this type.
   *
   * @param name what it is called
   * @param value the setting
   * @throws IllegalArgumentException if it would be infinite, naming it
   */
  void requireFinite(String name, double value) {
    if (Double.isInfinite(round(value))) {
      throw new IllegalArgumentException(
          name + " " + value + " is infinite in " + this + ": expected less");
    }
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
      float least = carrier == Carrier.SHORT ? value((short) 1) : Float.MIN_VALUE;
      throw new IllegalArgumentException(
          name + " " + value + " is 0 in " + this + ": expected at least " + least);
    }
  }
}
