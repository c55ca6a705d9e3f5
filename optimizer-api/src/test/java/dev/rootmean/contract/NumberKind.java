package dev.rootmean.contract;

import dev.rootmean.DataType;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Kinds of numbers to feed to a step. */
public enum NumberKind {
  /** What training sees. */
  ORDINARY {
    @Override
    double next(DataType type, RandomGenerator random) {
      return random.nextGaussian();
    }
  },

  /** Their squares, averages and updates are subnormal or vanish. */
  TINY {
    @Override
    double next(DataType type, RandomGenerator random) {
      int exponent = type == DataType.FLOAT32 ? random.nextInt(50, 150) : random.nextInt(450, 1075);
      return Math.scalb(random.nextGaussian(), -exponent);
    }
  },

  /** Their squares or sums overflow. */
  HUGE {
    @Override
    double next(DataType type, RandomGenerator random) {
      int exponent = type == DataType.FLOAT32 ? random.nextInt(50, 128) : random.nextInt(450, 1024);
      return Math.scalb(random.nextGaussian(), exponent);
    }
  },

  /** Every bit pattern is as likely as any other. */
  BITS {
    @Override
    double next(DataType type, RandomGenerator random) {
      return type == DataType.FLOAT32
          ? Float.intBitsToFloat(random.nextInt())
          : Double.longBitsToDouble(random.nextLong());
    }
  },

  /** The corners of the format. */
  SPECIAL {
    @Override
    double next(DataType type, RandomGenerator random) {
      double[] corners = type == DataType.FLOAT32 ? FLOAT_CORNERS : DOUBLE_CORNERS;
      double corner = corners[random.nextInt(corners.length)];
      return random.nextBoolean() ? corner : -corner;
    }
  };

  private static final double[] FLOAT_CORNERS = {
    0,
    Float.MIN_VALUE,
    3 * Float.MIN_VALUE,
    Math.nextDown(Float.MIN_NORMAL),
    Float.MIN_NORMAL,
    0x1.6a09e6p-75f, // its square rounds to Float.MIN_VALUE or to zero
    0x1p-63f,
    Math.nextDown(1f),
    1,
    Math.nextUp(1f),
    0x1.fffffep63f, // its square is just finite
    0x1p64f, // its square is not
    Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NaN
  };

  private static final double[] DOUBLE_CORNERS = {
    0,
    Double.MIN_VALUE,
    3 * Double.MIN_VALUE,
    Math.nextDown(Double.MIN_NORMAL),
    Double.MIN_NORMAL,
    0x1.6a09e667f3bcdp-538, // its square rounds to Double.MIN_VALUE or to zero
    0x1p-511,
    Math.nextDown(1.0),
    1,
    Math.nextUp(1.0),
    0x1.fffffffffffffp511, // its square is just finite
    0x1p512, // its square is not
    Double.MAX_VALUE,
    Double.POSITIVE_INFINITY,
    Double.NaN
  };

  abstract double next(DataType type, RandomGenerator random);

  /**
   * Takes some numbers of this kind.
   *
   * @param type has all of them; one of less than 32 bits has them rounded, but for bit patterns;
   *     what is half of a number has any bits
   * @param count how many
   * @param seed the same seed gives the same numbers
   * @return the numbers
   */
  public double[] take(DataType type, int count, long seed) {
    RandomGenerator random = new SplittableRandom(seed);
    double[] numbers = new double[count];
    for (int i = 0; i < count; i++) {
      numbers[i] =
          type.bytes() == Short.BYTES && (this == BITS || type == DataType.INT16)
              ? pattern(type, (short) random.nextInt())
              : type.round(next(type.compute(), random));
    }
    return numbers;
  }

  private static double pattern(DataType type, short bits) {
    return type.get(ByteBuffer.allocate(Short.BYTES).putShort(0, bits), 0);
  }
}
