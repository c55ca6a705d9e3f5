package dev.rootmean.spi;

import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Locale;

/**
 * Which rows of a table have gradients, and in what order those of a row are summed: {@link
 * dev.rootmean.RowGradients} has the rule. Numbers are sorted in linear time, and the arrays are
 * kept for the next ones.
 *
 * <p>What a device is to know is one array of whole numbers: the touched rows, the place of each of
 * their gradients, where the runs of each level begin, and each place there is, which is the order
 * of what is summed already.
 */
final class RowPlan {
  /** Numbers at most: all that is made of them fits an array. */
  private static final int MOST = 1 << 25;

  private static final int DIGIT_BITS = 11;
  private static final int DIGITS = 1 << DIGIT_BITS;

  /** Levels at most: 64^5 is more than {@link #MOST}. */
  private static final int MOST_LEVELS = 6;

  private final long rows;
  private int[] numbers = {};
  private int[] order = {};
  private int[] spare = {};
  private int[] runs = {0};
  private final int[] digits = new int[DIGITS];
  private int count;

  // Made of the numbers when it is asked for.

  private boolean isMade;
  private int distinct;
  private int levels;
  private final int[] starts = new int[MOST_LEVELS];
  private final int[] pieces = new int[MOST_LEVELS];
  private int ends;
  private IntBuffer places = IntBuffer.allocate(0);

  RowPlan(long rows) {
    this.rows = rows;
  }

  /** Refuses numbers that the table does not have, and more than can be. */
  void check(int[] added) {
    requireRoom(added.length);
    for (int i = 0; i < added.length; i++) {
      if (added[i] < 0 || added[i] >= rows) {
        throw refused(i, added[i]);
      }
    }
  }

  void check(long[] added) {
    requireRoom(added.length);
    for (int i = 0; i < added.length; i++) {
      if (added[i] < 0 || added[i] >= rows) {
        throw refused(i, added[i]);
      }
    }
  }

  private void requireRoom(int more) {
    if (more > MOST - count) {
      throw new IllegalArgumentException(
          more + " rows after " + count + ": expected at most " + MOST + " in all");
    }
  }

  private IndexOutOfBoundsException refused(int at, long number) {
    return new IndexOutOfBoundsException(
        String.format(Locale.ROOT, "rows[%d] is %d: expected 0 to %d", at, number, rows - 1));
  }

  /** Makes room for more: after it, nothing of {@link #add} fails. */
  void ensureRoom(int more) {
    if (count + more > numbers.length) {
      numbers = Arrays.copyOf(numbers, grown(count + more, numbers.length));
    }
  }

  /** Room for as many, and for some more if there was some before. */
  private static int grown(int needed, int before) {
    return Math.max(needed, before + before / 2);
  }

  void add(int[] added) {
    System.arraycopy(added, 0, numbers, count, added.length);
    count += added.length;
    isMade = false;
  }

  void add(long[] added) {
    for (int i = 0; i < added.length; i++) {
      numbers[count + i] = (int) added[i];
    }
    count += added.length;
    isMade = false;
  }

  /** Forgets all but the first ones. */
  void truncate(int first) {
    count = first;
    isMade = false;
  }

  int count() {
    return count;
  }

  int distinct() {
    make();
    return distinct;
  }

  boolean hasDuplicates() {
    return distinct() < count;
  }

  /** How often sums are to be made of sums; the last level has one for each touched row. */
  int levels() {
    make();
    return levels;
  }

  /** How many sums a level makes. */
  int pieces(int level) {
    return pieces[level];
  }

  /** Where a level's runs begin in {@link #places}, and behind them where the last one ends. */
  int starts(int level) {
    return starts[level];
  }

  /** How many sums all levels but the last make: those that the next level sums. */
  long between() {
    long sum = 0;
    for (int level = 0; level < levels() - 1; level++) {
      sum += pieces[level];
    }
    return sum;
  }

  /** Where in {@link #places} the order of gradients begins, behind the touched rows. */
  int order() {
    return distinct();
  }

  /** Where in {@link #places} each place there is begins, in its order. */
  int each() {
    make();
    return ends;
  }

  /** All that a device is to know, from position to limit. */
  IntBuffer places() {
    make();
    return places.rewind();
  }

  private void make() {
    if (!isMade) {
      ensureArrays();
      sort();
      lay();
      isMade = true;
    }
  }

  private void ensureArrays() {
    if (order.length < count) {
      int length = numbers.length;
      spare = new int[length];
      runs = new int[length + 1];
      order = new int[length]; // the last one: what there is too little memory for is made again
    }
  }

  /** Sorts the places by their numbers; those of one number stay in order. */
  private void sort() {
    for (int i = 0; i < count; i++) {
      order[i] = i;
    }
    for (int shift = 0; (rows - 1) >> shift > 0; shift += DIGIT_BITS) {
      Arrays.fill(digits, 0);
      for (int i = 0; i < count; i++) {
        digits[(numbers[i] >>> shift) & (DIGITS - 1)]++;
      }
      int before = 0;
      for (int digit = 0; digit < DIGITS; digit++) {
        int many = digits[digit];
        digits[digit] = before;
        before += many;
      }
      for (int i = 0; i < count; i++) {
        int place = order[i];
        spare[digits[(numbers[place] >>> shift) & (DIGITS - 1)]++] = place;
      }
      int[] sorted = spare;
      spare = order;
      order = sorted;
    }
  }

  /** Finds the runs of equal numbers, and lays down what a device is to know. */
  private void lay() {
    distinct = 0;
    for (int i = 0; i < count; i++) {
      if (i == 0 || numbers[order[i]] != numbers[order[i - 1]]) {
        runs[distinct++] = i;
      }
    }
    runs[distinct] = count;
    levels = 0;
    ensurePlaces(length());
    int[] all = places.array();
    for (int i = 0; i < distinct; i++) {
      all[i] = numbers[order[runs[i]]];
    }
    System.arraycopy(order, 0, all, distinct, count);
    ends = distinct + count;
    boolean isLast = count == 0;
    while (!isLast) {
      isLast = longest() <= Kernel.FOLD;
      layLevel(all);
    }
    int most = Math.max(distinct, levels > 1 ? pieces[0] : 0);
    for (int i = 0; i < most; i++) {
      all[ends + i] = i;
    }
    places.limit(ends + most);
  }

  /** Lays down where the pieces of runs begin; these are the next level's runs. */
  private void layLevel(int[] all) {
    starts[levels] = ends;
    int piece = 0;
    for (int i = 0; i < distinct; i++) {
      int from = runs[i];
      runs[i] = piece;
      for (int at = from; at < runs[i + 1]; at += Kernel.FOLD) {
        all[ends + piece++] = at;
      }
    }
    all[ends + piece] = runs[distinct];
    runs[distinct] = piece;
    pieces[levels++] = piece;
    ends += piece + 1;
  }

  private int longest() {
    int longest = 0;
    for (int i = 0; i < distinct; i++) {
      longest = Math.max(longest, runs[i + 1] - runs[i]);
    }
    return longest;
  }

  /** More than {@link #lay} takes: a level has a piece for each row, and for each whole chunk. */
  private int length() {
    int longest = longest();
    int all = 2 * distinct + count;
    int values = count;
    do {
      int most = distinct + values / Kernel.FOLD;
      all += most + 1 + (values == count ? values / Kernel.FOLD : 0);
      values = most;
      longest = (longest - 1) / Kernel.FOLD + 1;
    } while (longest > 1);
    return all;
  }

  private void ensurePlaces(int length) {
    if (places.capacity() < length) {
      places = IntBuffer.allocate(grown(length, places.capacity()));
    }
    places.clear();
  }
}
