package dev.rootmean.contract.machinery;

/**
 * Numbers in blocks of 8 bits, written from the specification in arithmetic where the product has
 * tricks with bits: it shares no code with what it judges.
 *
 * <p>The floats that have three bits of fraction are numbered from 0 on, by their magnitude. A code
 * is such a number less the base of its block.
 */
public final class ReferenceBlocks {
  /** Elements of a block. */
  public static final int SIZE = 1_024;

  /** To nearest, in the place of random bits. */
  public static final int NEAREST = -1;

  /** The number of 1.875 * 2^127. */
  private static final int LAST = 8 * 255 - 1;

  private ReferenceBlocks() {}

  /** The code of the largest finite number. */
  private static int top(boolean signed) {
    return signed ? 126 : 254;
  }

  /**
   * The magnitude of a number.
   *
   * @param number 0 to 2,039
   * @return of 3 bits of fraction
   */
  public static double magnitude(int number) {
    return number < 8
        ? Math.scalb((double) number, -129)
        : Math.scalb(8.0 + number % 8, number / 8 - 130);
  }

  /**
   * Rounds the magnitude of a finite float.
   *
   * @param x the float
   * @param random 0 to 65,535: up from the share on that is missing to the next; or {@link
   *     #NEAREST}, ties to even
   * @return the number of it, at most the last
   */
  public static int number(double x, int random) {
    int exponent = Math.max(Math.getExponent(x), -126);
    double units = Math.scalb(Math.abs(x), 3 - exponent);
    double whole = random == NEAREST ? Math.rint(units) : Math.floor(units + random / 65_536.0);
    return (int) Math.min(8L * (exponent + 126) + (long) whole, LAST);
  }

  /**
   * The base of a block.
   *
   * @param values its elements are among them
   * @param random for each, as for {@link #number}
   * @param first its first element
   * @param end the one behind its last
   * @param signed whether there is a sign
   * @return the least for which the largest finite one has a code
   */
  public static int base(double[] values, int[] random, int first, int end, boolean signed) {
    int most = 0;
    for (int i = first; i < end; i++) {
      if (Double.isFinite(values[i])) {
        most = Math.max(most, number(values[i], random[i]));
      }
    }
    return Math.max(0, most - top(signed));
  }

  /**
   * The code of an element.
   *
   * @param x the element
   * @param random as for {@link #number}
   * @param base of its block
   * @param signed whether there is a sign
   * @return 0 to 255
   */
  public static int code(double x, int random, int base, boolean signed) {
    if (Double.isNaN(x)) {
      return top(signed) + 1;
    }
    boolean isBelowZero = Double.compare(x, 0.0) < 0;
    int sign = signed && isBelowZero ? 128 : 0;
    if (Double.isInfinite(x)) {
      return sign + top(signed) + 1;
    }
    int code = number(x, random) - base;
    int least = !signed && x != 0 ? 1 : 0;
    return sign + Math.max(code, least);
  }

  /**
   * The number that a code is.
   *
   * @param code 0 to 255
   * @param base of its block
   * @param signed whether there is a sign
   * @return the number
   */
  public static double value(int code, int base, boolean signed) {
    int magnitude = signed ? code % 128 : code;
    double x =
        magnitude == 0
            ? 0
            : magnitude > top(signed) ? Double.POSITIVE_INFINITY : magnitude(magnitude + base);
    return signed && code >= 128 ? -x : x;
  }
}
