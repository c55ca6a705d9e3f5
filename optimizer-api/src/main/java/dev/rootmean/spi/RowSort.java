package dev.rootmean.spi;

import java.util.Arrays;

/**
 * Sorts numbers of rows together with their places, in linear time. The arrays are kept for the
 * next ones.
 */
final class RowSort {
  /** Numbers at most that are not worth counting digits. */
  private static final int FEW = 64;

  /** A digit's bits at most: its counters, and the lines that are written to, fit small caches. */
  private static final int MOST_BITS = 11;

  private static final int DIGITS = 1 << MOST_BITS;

  /** The same if there are fewer numbers than counters. */
  private static final int FEWER_BITS = 8;

  private static final long[] NONE = {};

  private final int[] digits = new int[DIGITS];
  private long[] keys = NONE;
  private long[] spare = NONE;

  /**
   * Sorts the first numbers; the places of equal ones stay in order.
   *
   * @param numbers at least 0
   * @return a number and its place in each, as {@link #number} and a cast to int take them out
   */
  long[] sort(int[] numbers, int count) {
    keys = ensureRoom(keys, numbers, count);
    if (ascend(numbers, count)) {
      pack(numbers, count);
    } else if (count <= FEW) {
      pack(numbers, count);
      insert(count);
    } else {
      spare = ensureRoom(spare, numbers, count);
      deal(numbers, count);
    }
    return keys;
  }

  static int number(long key) {
    return (int) (key >>> Integer.SIZE);
  }

  private static long key(int number, int place) {
    return ((long) number << Integer.SIZE) | place;
  }

  private static long[] ensureRoom(long[] keys, int[] numbers, int count) {
    return keys.length < count ? new long[numbers.length] : keys;
  }

  private static boolean ascend(int[] numbers, int count) {
    for (int i = 1; i < count; i++) {
      if (numbers[i] < numbers[i - 1]) {
        return false;
      }
    }
    return true;
  }

  private void pack(int[] numbers, int count) {
    long[] keys = this.keys;
    for (int i = 0; i < count; i++) {
      keys[i] = key(numbers[i], i);
    }
  }

  private void insert(int count) {
    long[] keys = this.keys;
    for (int i = 1; i < count; i++) {
      long key = keys[i];
      int at = i;
      for (; at > 0 && keys[at - 1] > key; at--) {
        keys[at] = keys[at - 1];
      }
      keys[at] = key;
    }
  }

  /** Sorts by one digit after another, from the lowest bit in which numbers differ. */
  private void deal(int[] numbers, int count) {
    int differing = differing(numbers, count);
    int low = Integer.numberOfTrailingZeros(differing);
    int bits = Integer.SIZE - Integer.numberOfLeadingZeros(differing) - low;
    int most = count < DIGITS ? FEWER_BITS : MOST_BITS;
    int passes = (bits + most - 1) / most;
    int width = (bits + passes - 1) / passes;
    for (int pass = 0; pass < passes; pass++) {
      int shift = low + pass * width;
      count(numbers, count, shift, width);
      if (pass == 0) {
        dealNumbers(numbers, count, shift, width);
      } else {
        dealKeys(count, shift, width);
      }
    }
  }

  private static int differing(int[] numbers, int count) {
    int differing = 0;
    int first = numbers[0];
    for (int i = 0; i < count; i++) {
      differing |= numbers[i] ^ first;
    }
    return differing;
  }

  /** Counts the numbers that have a digit, and sets where the first of them goes. */
  private void count(int[] numbers, int count, int shift, int width) {
    int[] digits = this.digits;
    int values = 1 << width;
    Arrays.fill(digits, 0, values, 0);
    for (int i = 0; i < count; i++) {
      digits[(numbers[i] >>> shift) & (values - 1)]++;
    }
    int before = 0;
    for (int digit = 0; digit < values; digit++) {
      int many = digits[digit];
      digits[digit] = before;
      before += many;
    }
  }

  private void dealNumbers(int[] numbers, int count, int shift, int width) {
    int[] digits = this.digits;
    long[] keys = this.keys;
    int mask = (1 << width) - 1;
    for (int i = 0; i < count; i++) {
      int number = numbers[i];
      keys[digits[(number >>> shift) & mask]++] = key(number, i);
    }
  }

  private void dealKeys(int count, int shift, int width) {
    int[] digits = this.digits;
    long[] from = keys;
    long[] to = spare;
    int mask = (1 << width) - 1;
    for (int i = 0; i < count; i++) {
      long key = from[i];
      to[digits[(number(key) >>> shift) & mask]++] = key;
    }
    keys = to;
    spare = from;
  }
}
