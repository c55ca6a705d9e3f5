package dev.rootmean.spi;

import dev.rootmean.DataType;

/**
 * Floats in 8 bits, in blocks of 1,024 that have a base each: how they are made, bit for bit, on
 * every device. A code is the upper 12 bits of a float, so three of its fraction, less the base of
 * its block, which is as low as the largest finite number of the block allows. Zero stays zero.
 * What is too small for its block is the block's least number if there is no sign, else zero. What
 * is not finite touches no neighbour; a NaN becomes an infinity.
 *
 * <p>How numbers are told apart by the {@code top} code for finite ones: {@link #TOP} without a
 * sign, or {@link #SIGNED_TOP}. Nothing branches: C2 vectorises loops of these.
 *
 * @since 0.1.0
 */
public final class Block8 {
  /** Elements of a block; the last one of a buffer may be short. */
  public static final int SIZE = 1_024;

  /** The code of the largest finite number of 8 bits without a sign. */
  public static final int TOP = 254;

  /** The code of the largest finite number of 7 bits beside a sign. */
  public static final int SIGNED_TOP = 126;

  private static final int SHIFT = 20;
  private static final int MAGNITUDE = 0x7FFF_FFFF;
  private static final int INFINITY = 0x7F80_0000;
  private static final int SIGN = 0x80;

  /** The upper 12 bits of the largest finite float. */
  private static final int MOST = 0x7F7;

  private Block8() {}

  /**
   * How many blocks some elements are.
   *
   * @param length the number of elements, at least 1
   * @return the number of blocks, and so of bases
   */
  public static long count(long length) {
    return (length - 1) / SIZE + 1;
  }

  /**
   * The code of the largest finite number of a type.
   *
   * @param type one that has bases
   * @return {@link #TOP} or {@link #SIGNED_TOP}
   */
  public static int top(DataType type) {
    return type == DataType.SIGNED_BLOCK8 ? SIGNED_TOP : TOP;
  }

  /** All ones where a number is negative. */
  private static int ones(int x) {
    return x >> 31;
  }

  private static int pick(int mask, int a, int b) {
    return b ^ ((a ^ b) & mask);
  }

  /**
   * What is added to a float to round it to nearest, ties to even.
   *
   * @param bits the float's
   * @return for {@link #rounded}
   */
  public static int nearest(int bits) {
    return 0x7_FFFF + (bits >>> SHIFT & 1);
  }

  /**
   * What is added to a float to round it by chance.
   *
   * @param random 16 random bits
   * @return for {@link #rounded}
   */
  public static int random(int random) {
    return random << 4;
  }

  /**
   * Rounds a float to its upper 12 bits, without its sign.
   *
   * @param bits the float's
   * @param added {@link #nearest} or {@link #random}
   * @return at most those of the largest finite float; 0 of what is not finite
   */
  public static int rounded(int bits, int added) {
    int magnitude = bits & MAGNITUDE;
    int rounded = (magnitude + added) >>> SHIFT;
    int least = pick(ones(MOST - rounded), MOST, rounded);
    return least & ones(magnitude - INFINITY);
  }

  /**
   * The base of a block.
   *
   * @param most the largest {@link #rounded} of its elements
   * @param top the largest finite code
   * @return what codes are less than upper bits by, 0 or more
   */
  public static int base(int most, int top) {
    int base = most - top;
    return base & ~ones(base);
  }

  /**
   * Makes a code.
   *
   * @param bits the float's
   * @param rounded {@link #rounded} of it
   * @param base of its block
   * @param top the largest finite code
   * @return 8 bits
   */
  public static int code(int bits, int rounded, int base, int top) {
    int magnitude = bits & MAGNITUDE;
    int least = -magnitude >>> 31 & top >>> 7; // not zero, and nothing has a sign
    int above = rounded - base - least;
    int finite = (above & ~ones(above)) + least;
    int code = pick(ones(magnitude - INFINITY), finite, top + 1);
    int nan = ones(INFINITY - magnitude);
    return code | (bits >>> 24 & SIGN & ~top & ~nan);
  }

  /**
   * The number that a code is.
   *
   * @param code 8 bits
   * @param base of its block
   * @param top the largest finite code
   * @return a float's bits
   */
  public static int decoded(int code, int base, int top) {
    int magnitude = code & (top + 1);
    int finite = (magnitude + base) << SHIFT & ones(-magnitude);
    int number = pick(ones(top - magnitude), INFINITY, finite);
    return number | (code & SIGN & ~top) << 24;
  }

  /**
   * Rounds a number as the only one of its block.
   *
   * @param x any number
   * @param top the largest finite code
   * @return the nearest one that there is, ties to even, but of a NaN infinity
   */
  public static float round(float x, int top) {
    int bits = Float.floatToRawIntBits(x);
    int rounded = rounded(bits, nearest(bits));
    int base = base(rounded, top);
    return Float.intBitsToFloat(decoded(code(bits, rounded, base, top), base, top));
  }
}
