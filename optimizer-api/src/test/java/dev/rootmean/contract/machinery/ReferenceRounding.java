package dev.rootmean.contract.machinery;

import dev.rootmean.DataType;

/**
 * Rounding by random bits, and parameters in two halves, written from the specification in
 * arithmetic where the product has tricks with bits: it shares no code with what it judges.
 */
public final class ReferenceRounding {
  private static final long WORD = 0xFFFF_FFFFL;

  private ReferenceRounding() {}

  private static long mix(long bits) {
    long x = bits & WORD;
    x = (x ^ x / 65_536) * 0x7FEB_352DL % (WORD + 1);
    x = ((x ^ x / 32_768) * 0x846C_A68BL) & WORD;
    return x ^ x / 65_536;
  }

  /**
   * The key of an attempt.
   *
   * @param seed the seed
   * @param attempt its number
   * @return 32 bits
   */
  public static long key(long seed, long attempt) {
    long x = mix(attempt >>> 32);
    x = mix((attempt & WORD) ^ x);
    x = mix(seed >>> 32 ^ x);
    return mix((seed & WORD) ^ x);
  }

  /**
   * The 16 random bits of an element in a row.
   *
   * @param key of {@link #key}, of which the lower 32 bits count
   * @param place of the element
   * @param row as the step's text calls it
   * @return 0 to 65,535
   */
  public static int bits(long key, long place, String row) {
    long high = ((place >>> 32) * 0x9E37_79B1L) & WORD;
    long bits = mix((place & WORD) ^ ((key + high) & WORD));
    long lower = bits % 65_536;
    long upper = bits / 65_536;
    return (int)
        switch (row) {
          case "p" -> upper;
          case "v" -> lower;
          case "b" -> bits / 256 % 65_536;
          case "m" -> lower ^ upper;
          default -> throw new AssertionError(row);
        };
  }

  /**
   * Rounds to one of the two neighbours.
   *
   * @param type a 16-bit one
   * @param x a float
   * @param random 0 to 65,535: away from zero from the share on that is missing to the neighbour
   * @return a number of the type
   */
  public static double round(DataType type, double x, int random) {
    if (Double.isNaN(x) || Double.isInfinite(x) || x == 0) {
      return x;
    }
    boolean isBfloat16 = type == DataType.BFLOAT16;
    double unit = unit(type, x);
    double parts = isBfloat16 ? 65_536 : 8_192;
    int chance = isBfloat16 ? random : random / 8;
    double sum = Math.rint(Math.abs(x) / unit * parts) + chance; // rounds FLOAT16 subnormals alone
    return finite(type, Math.floor(sum / parts) * unit, x);
  }

  /**
   * Rounds to the nearest number, ties to even.
   *
   * @param type a 16-bit one
   * @param x a float
   * @return a number of the type
   */
  public static double nearest(DataType type, double x) {
    if (Double.isNaN(x) || Double.isInfinite(x) || x == 0) {
      return x;
    }
    double unit = unit(type, x);
    return finite(type, Math.rint(Math.abs(x) / unit) * unit, x);
  }

  /**
   * The number that a bit pattern is.
   *
   * @param type a 16-bit one
   * @param pattern the lower 16 bits count
   * @return the number
   */
  public static double value(DataType type, int pattern) {
    boolean isBfloat16 = type == DataType.BFLOAT16;
    int units = isBfloat16 ? 128 : 1_024;
    int exponents = isBfloat16 ? 256 : 32;
    int bits = pattern & 0xFFFF;
    int exponent = bits / units % exponents;
    double fraction = bits % units / (double) units;
    double magnitude;
    if (exponent == exponents - 1) {
      magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
    } else if (exponent == 0) {
      magnitude = Math.scalb(fraction, 2 - exponents / 2);
    } else {
      magnitude = Math.scalb(1 + fraction, exponent + 1 - exponents / 2);
    }
    return bits < 32_768 ? magnitude : -magnitude;
  }

  /**
   * What neighbours of a number differ by.
   *
   * @param type a 16-bit one
   * @param x the number
   * @return of a subnormal, and of zero, as of the least normal one
   */
  public static double unit(DataType type, double x) {
    boolean isBfloat16 = type == DataType.BFLOAT16;
    int exponent = Math.max(Math.getExponent(x), isBfloat16 ? -126 : -14);
    return Math.scalb(1.0, exponent - (isBfloat16 ? 7 : 10));
  }

  /** A magnitude with a sign, infinite beyond the greatest. */
  private static double finite(DataType type, double magnitude, double sign) {
    double most = type == DataType.BFLOAT16 ? 0x1.FEp127 : 65_504;
    return Math.copySign(magnitude > most ? Double.POSITIVE_INFINITY : magnitude, sign);
  }

  /**
   * The upper half of a float that is kept in two.
   *
   * @param x a float
   * @return the nearest BFLOAT16, ties away from zero
   */
  public static double high(double x) {
    if (Double.isNaN(x) || Double.isInfinite(x) || x == 0) {
      return x;
    }
    double unit = unit(DataType.BFLOAT16, x);
    return finite(DataType.BFLOAT16, Math.floor(Math.abs(x) / unit + 0.5) * unit, x);
  }

  /**
   * The lower half of a float that is kept in two.
   *
   * @param x a float
   * @return its lower 16 bits, as a whole number with a sign
   */
  public static double low(double x) {
    return (short) Float.floatToIntBits((float) x);
  }

  /**
   * The float that two halves make.
   *
   * @param high of {@link #high}
   * @param low of {@link #low}
   * @return the float
   */
  public static double joined(double high, double low) {
    int added = high == 0 ? (int) low & 0xFFFF : (int) low; // never below a zero
    return Float.intBitsToFloat(Float.floatToRawIntBits((float) high) + added);
  }
}
