package dev.rootmean.spi;

/**
 * Floats in 16 bits: how they are made, bit for bit, on every device. Rounding by random bits gives
 * one of the two neighbours, and on average the number itself. A NaN is stored as one pattern
 * without its sign, which differs from device to device; what is beyond the type's largest number
 * is an infinity, as in IEEE 754.
 *
 * @since 0.1.0
 */
public final class Halves {
  private static final int NAN_ABOVE = 0x7F80_0000;
  private static final int BFLOAT16_NAN = 0x7FC0;
  private static final int FLOAT16_NAN = 0x7E00;
  private static final int FLOAT16_INFINITY = 0x7C00;

  /** The least normal number of FLOAT16, 2^-14. */
  private static final int LEAST_NORMAL = 0x3880_0000;

  /** What the exponents of FLOAT32 and FLOAT16 differ by, 112, in the place of an exponent. */
  private static final int EXPONENTS = 0x3800_0000;

  private Halves() {}

  /**
   * Widens a BFLOAT16.
   *
   * @param bits the lower 16 count
   * @return the number
   */
  public static float ofBfloat16(int bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /**
   * Widens a FLOAT16.
   *
   * @param bits the lower 16 count
   * @return the number
   */
  public static float ofFloat16(int bits) {
    return Float.intBitsToFloat(scaledFloat16(bits)) * 0x1p112f;
  }

  /**
   * A FLOAT16 over 2^112, as the bits of a float, which has it exactly.
   *
   * @param bits the lower 16 count
   * @return the bits of a float
   */
  public static int scaledFloat16(int bits) {
    int magnitude = bits & 0x7FFF;
    int special = (0x7BFF - magnitude) >> 31 & NAN_ABOVE;
    return (bits & 0x8000) << 16 | magnitude << 13 | special;
  }

  /**
   * Rounds to the nearest BFLOAT16, ties to even.
   *
   * @param x any number
   * @return its 16 bits
   */
  public static int nearestBfloat16(float x) {
    int bits = Float.floatToRawIntBits(x);
    return bfloat16(bits, nearest(bits));
  }

  /**
   * What is added to a float to round it to the nearest BFLOAT16.
   *
   * @param bits the float's
   * @return for {@link #bfloat16}
   */
  public static int nearest(int bits) {
    return 0x7FFF + (bits >>> 16 & 1);
  }

  /**
   * Rounds to a BFLOAT16.
   *
   * @param bits a float's
   * @param added {@link #nearest}, or 16 random bits
   * @return its 16 bits
   */
  public static int bfloat16(int bits, int added) {
    int nan = (NAN_ABOVE - (bits & 0x7FFF_FFFF)) >> 31;
    return pick(nan, BFLOAT16_NAN, (bits + added) >>> 16);
  }

  /**
   * Rounds to the nearest FLOAT16, ties to even.
   *
   * @param x any number
   * @return its 16 bits
   */
  public static int nearestFloat16(float x) {
    return nearestFloat16(Float.floatToRawIntBits(x), Float.floatToRawIntBits(Math.abs(x) + 0.5f));
  }

  /**
   * Rounds to the nearest FLOAT16, ties to even.
   *
   * @param bits a float's
   * @param shifted the bits of its magnitude plus 1/2, where subnormals are rounded as they must be
   * @return its 16 bits
   */
  public static int nearestFloat16(int bits, int shifted) {
    int magnitude = bits & 0x7FFF_FFFF;
    int normal = magnitude - EXPONENTS;
    int rounded = (normal + 0xFFF + (normal >>> 13 & 1)) >>> 13;
    int small = (magnitude - LEAST_NORMAL) >> 31;
    return float16(bits, pick(small, shifted - 0x3F00_0000, rounded));
  }

  /**
   * Rounds to a FLOAT16 by random bits.
   *
   * @param bits a float's
   * @param shifted the bits of its magnitude plus 2^-14, whose last bit is a subnormal's 2^-13th
   * @param random 16 random bits
   * @return its 16 bits
   */
  public static int randomFloat16(int bits, int shifted, int random) {
    int magnitude = bits & 0x7FFF_FFFF;
    int small = (magnitude - LEAST_NORMAL) >> 31;
    int wide = pick(small, shifted - LEAST_NORMAL, magnitude - EXPONENTS);
    return float16(bits, (wide + (random >>> 3)) >>> 13);
  }

  private static int float16(int bits, int magnitude) {
    int nan = (NAN_ABOVE - (bits & 0x7FFF_FFFF)) >> 31;
    int beyond = (FLOAT16_INFINITY - magnitude) >> 31;
    int finite = pick(beyond, FLOAT16_INFINITY, magnitude);
    return pick(nan, FLOAT16_NAN, finite | (bits >>> 16 & 0x8000));
  }

  /** Without a branch, which would keep a loop from being vectorised. */
  private static int pick(int mask, int a, int b) {
    return b ^ ((a ^ b) & mask);
  }

  /**
   * A float of its upper half, to nearest with ties away from zero, and its lower. Beside a zero,
   * which is nearest to no float with such a lower half, the next one down would be a NaN: the
   * lower half is another parameter's then, that was set to zero, and makes it no more than
   * subnormal.
   *
   * @param high a BFLOAT16, of which the lower 16 bits count
   * @param low the lower 16 bits count
   * @return the float's bits
   */
  public static int joined(int high, int low) {
    int rest = low & 0xFFFF;
    int zero = ((high & 0x7FFF) - 1) >> 31;
    return (high - ((rest >>> 15) & ~zero)) << 16 | rest;
  }

  /**
   * A float's bits, those of any NaN the same.
   *
   * @param bits a float's
   * @return what is split into {@link #high} and {@link #low}
   */
  public static int oneNan(int bits) {
    int nan = (NAN_ABOVE - (bits & 0x7FFF_FFFF)) >> 31;
    return pick(nan, BFLOAT16_NAN << 16, bits);
  }

  /**
   * The upper half: the nearest BFLOAT16, ties away from zero.
   *
   * @param bits a float's, of {@link #oneNan}
   * @return its 16 bits
   */
  public static int high(int bits) {
    return (bits + 0x8000) >>> 16;
  }

  /**
   * The lower half, which with {@link #high} makes the float.
   *
   * @param bits a float's, of {@link #oneNan}
   * @return its 16 bits
   */
  public static int low(int bits) {
    return bits & 0xFFFF;
  }
}
