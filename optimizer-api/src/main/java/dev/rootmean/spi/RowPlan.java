package dev.rootmean.spi;

import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Locale;

/**
 * Which rows of a table have gradients, and in what order those of a row are summed: {@link
 * dev.rootmean.RowGradients} has the rule. The arrays are kept for the next numbers.
 *
 * <p>What a device is to know is one array of whole numbers: the touched rows, the place of each of
 * their gradients, where the runs of each level begin, and each place there is, which is the order
 * of what is summed already.
 */
final class RowPlan {
  /** Numbers at most: all that is made of them fits an array. */
  private static final int MOST = 1 << 25;

  /** Levels at most: 64^5 is more than {@link #MOST}. */
  private static final int MOST_LEVELS = 6;

  private final long rows;
  private int[] numbers = {};
  private int[] runs = {0};
  private final RowSort sort = new RowSort();
  private int count;

  // Made of the numbers when it is asked for.

  private boolean isMade;
  private int distinct;
  private int levels;
  private final int[] starts = new int[MOST_LEVELS];
  private final int[] pieces = new int[MOST_LEVELS];
  private int ends;
  private int laid;
  private IntBuffer places = IntBuffer.allocate(0);

  RowPlan(long rows) {
    this.rows = rows;
  }

  /** Refuses numbers that the table does not have, and more than can be. */
  void check(int[] added) {
    requireRoom(added.length);
    int last = (int) rows - 1;
    int signs = 0; // no branch, so that the JIT makes vectors of the loop
    for (int i = 0; i < added.length; i++) {
      signs |= added[i] | (last - added[i]);
    }
    if (signs < 0) {
      for (int i = 0; i < added.length; i++) {
        requireRow(i, added[i]);
      }
    }
  }

  void check(long[] added) {
    requireRoom(added.length);
    long last = rows - 1;
    long signs = 0; // as above
    for (int i = 0; i < added.length; i++) {
      signs |= added[i] | (last - added[i]);
    }
    if (signs < 0) {
      for (int i = 0; i < added.length; i++) {
        requireRow(i, added[i]);
      }
    }
  }

  private void requireRoom(int more) {
    if (more > MOST - count) {
      throw new IllegalArgumentException(
          more + " rows after " + count + ": expected at most " + MOST + " in all");
    }
  }

  private void requireRow(int at, long number) {
    if (number < 0 || number >= rows) {
      throw new IndexOutOfBoundsException(
          String.format(Locale.ROOT, "rows[%d] is %d: expected 0 to %d", at, number, rows - 1));
    }
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
    return places.limit(laid).rewind();
  }

  private void make() {
    if (!isMade) {
      if (runs.length <= count) {
        runs = new int[numbers.length + 1];
      }
      lay(sort.sort(numbers, count));
      isMade = true;
    }
  }

  /** Finds the runs of equal numbers, and lays down what a device is to know. */
  private void lay(long[] sorted) {
    int behind = findRuns(sorted);
    levels = 0;
    ensurePlaces(length(behind));
    int[] all = places.array();
    for (int i = 0; i < distinct; i++) {
      all[i] = RowSort.number(sorted[runs[i]]);
    }
    for (int i = 0; i < count; i++) {
      all[distinct + i] = (int) sorted[i];
    }
    ends = distinct + count;
    for (int more = behind; more >= Kernel.FOLD; more /= Kernel.FOLD) {
      layLevel(all);
    }
    if (count > 0) {
      layLast(all);
    }
    int most = Math.max(distinct, levels > 1 ? pieces[0] : 0);
    for (int i = 0; i < most; i++) {
      all[ends + i] = i;
    }
    laid = ends + most;
  }

  /**
   * Finds where the runs of equal numbers begin.
   *
   * @return a number with the highest bit of the longest run's length less 1, which says how many
   *     levels there are, as {@link Kernel#FOLD} is a power of two
   */
  private int findRuns(long[] sorted) {
    int[] runs = this.runs;
    int found = 0;
    int before = -1;
    for (int i = 0; i < count; i++) {
      int number = RowSort.number(sorted[i]);
      runs[found] = i;
      found += (before - number) >>> (Integer.SIZE - 1); // 1 if it is a new one, without a branch
      before = number;
    }
    runs[found] = count;
    distinct = found;
    int behind = 0;
    for (int i = 0; i < found; i++) {
      behind |= runs[i + 1] - runs[i] - 1;
    }
    return behind;
  }

  /** Lays down where runs begin that are one piece each. */
  private void layLast(int[] all) {
    starts[levels] = ends;
    System.arraycopy(runs, 0, all, ends, distinct + 1);
    pieces[levels++] = distinct;
    ends += distinct + 1;
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

  /** More than {@link #lay} takes: a level has a piece for each row, and for each whole chunk. */
  private int length(int behind) {
    int all = 2 * distinct + count;
    int values = count;
    do {
      int most = distinct + values / Kernel.FOLD;
      all += most + 1 + (values == count ? values / Kernel.FOLD : 0);
      values = most;
      behind /= Kernel.FOLD;
    } while (behind > 0);
    return all;
  }

  private void ensurePlaces(int length) {
    if (places.capacity() < length) {
      places = IntBuffer.allocate(grown(length, places.capacity()));
    }
  }
}
