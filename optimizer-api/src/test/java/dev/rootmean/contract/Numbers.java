package dev.rootmean.contract;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Kinds of numbers to feed to a step. */
public enum Numbers {
  /** What training sees. */
  ORDINARY {
    @Override
    float next(RandomGenerator random) {
      return (float) random.nextGaussian();
    }
  },

  /** Their squares, averages and updates are subnormal or vanish. */
  TINY {
    @Override
    float next(RandomGenerator random) {
      return (float) Math.scalb(random.nextGaussian(), -random.nextInt(50, 150));
    }
  },

  /** Their squares or sums overflow. */
  HUGE {
    @Override
    float next(RandomGenerator random) {
      return (float) Math.scalb(random.nextGaussian(), random.nextInt(50, 128));
    }
  },

  /** Every bit pattern is as likely as any other. */
  BITS {
    @Override
    float next(RandomGenerator random) {
      return Float.intBitsToFloat(random.nextInt());
    }
  },

  /** The corners of the format. */
  SPECIAL {
    @Override
    float next(RandomGenerator random) {
      float corner = CORNERS[random.nextInt(CORNERS.length)];
      return random.nextBoolean() ? corner : -corner;
    }
  };

  private static final float[] CORNERS = {
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

  abstract float next(RandomGenerator random);

  /**
   * Takes some numbers of this kind.
   *
   * @param count how many
   * @param seed the same seed gives the same numbers
   * @return the numbers
   */
  public float[] take(int count, long seed) {
    RandomGenerator random = new SplittableRandom(seed);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = next(random);
    }
    return numbers;
  }
}
