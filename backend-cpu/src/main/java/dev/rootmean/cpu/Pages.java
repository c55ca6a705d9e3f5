package dev.rootmean.cpu;

import dev.rootmean.DataType;
import java.util.Arrays;

/**
 * Memory as pages of {@code float[]} or {@code double[]}: the unit of vectorisation and of
 * scheduling, and what lets a buffer be longer than a Java array.
 */
final class Pages {
  /** Elements of a page, 64 KiB of floats: best or equal of all sizes from 2,048 to 65,536. */
  static final int SIZE = 16_384;

  private static final int SHIFT = 14;

  /** Elements of 256 bytes. */
  private static final int STAGGER = 64;

  /** No Java array is sure to take more elements. */
  private static final int MOST_PAGES = Integer.MAX_VALUE - 8;

  private Pages() {}

  /**
   * Pages of zeros. Each array is a little longer than what it holds: whole cache lines, so that
   * arrays that lie one behind another begin at one place within theirs; and a stride that differs
   * from buffer to buffer, so that pages of several buffers do not all lie a multiple of 4 KiB
   * apart, where the processor takes a load for one that has to wait for an earlier store. In the
   * cache this is worth up to a third of a step's time; it takes 2 % of memory.
   *
   * @param buffer the buffer's number, to vary the stride by
   */
  static Object[] allocate(DataType type, long length, int buffer) {
    long count = (length - 1) / SIZE + 1;
    if (count > MOST_PAGES) {
      throw new OutOfMemoryError(count + " pages");
    }
    Object[] pages = new Object[(int) count];
    for (int i = 0; i < pages.length - 1; i++) {
      pages[i] = array(type, wholeLines(type, SIZE + STAGGER * (1 + Math.floorMod(buffer, 5))));
    }
    int rest = (int) (length - (count - 1) * SIZE);
    pages[pages.length - 1] = array(type, wholeLines(type, rest));
    return pages;
  }

  /** An array of zeros. */
  static Object array(DataType type, int length) {
    return switch (type) {
      case FLOAT32 -> new float[length];
      case FLOAT64 -> new double[length];
    };
  }

  /** The next length that makes an array fill cache lines with its header of 16 bytes. */
  private static int wholeLines(DataType type, int length) {
    int line = 64 / type.bytes();
    int header = 16 / type.bytes();
    return (length + header + line - 1) / line * line - header;
  }

  /** The page that holds an element. */
  static Object page(Object[] pages, long element) {
    return pages[(int) (element >>> SHIFT)];
  }

  /** Where in its page an element is. */
  static int index(long element) {
    return (int) (element & (SIZE - 1));
  }

  /** Fills a range with zeros. */
  static void zero(Object[] pages, long offset, long length) {
    for (long i = offset; i < offset + length; ) {
      int count = (int) Math.min(SIZE - index(i), offset + length - i);
      clear(page(pages, i), index(i), count);
      i += count;
    }
  }

  static void clear(Object array, int from, int count) {
    if (array instanceof float[] floats) {
      Arrays.fill(floats, from, from + count, 0);
    } else {
      Arrays.fill((double[]) array, from, from + count, 0);
    }
  }

  static double get(Object array, int index) {
    return array instanceof float[] floats ? floats[index] : ((double[]) array)[index];
  }

  static double get(Object[] pages, long element) {
    return get(page(pages, element), index(element));
  }

  /** Overwrites one element, rounded to the pages' type. */
  static void set(Object[] pages, long element, double value) {
    if (page(pages, element) instanceof float[] floats) {
      floats[index(element)] = (float) value;
    } else {
      ((double[]) page(pages, element))[index(element)] = value;
    }
  }

  /** Copies a range that may cross pages to the start of an array. */
  static void gather(Object[] pages, long offset, Object target, int count) {
    int first = Math.min(SIZE - index(offset), count);
    System.arraycopy(page(pages, offset), index(offset), target, 0, first);
    if (first < count) {
      System.arraycopy(page(pages, offset + first), 0, target, first, count - first);
    }
  }

  /** Copies the start of an array to a range that may cross pages. */
  static void scatter(Object source, Object[] pages, long offset, int count) {
    int first = Math.min(SIZE - index(offset), count);
    System.arraycopy(source, 0, page(pages, offset), index(offset), first);
    if (first < count) {
      System.arraycopy(source, first, page(pages, offset + first), 0, count - first);
    }
  }
}
