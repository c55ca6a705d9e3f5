package dev.rootmean.cpu;

import dev.rootmean.DataType;
import java.util.Arrays;

/**
 * Memory as pages of {@code float[]}, {@code double[]} or {@code int[]}: the unit of vectorisation
 * and of scheduling, and what lets a buffer be longer than a Java array.
 */
final class Pages {
  /** Elements of a page, 64 KiB of floats: best or equal of all sizes from 2,048 to 65,536. */
  static final int SIZE = 16_384;

  private static final int SHIFT = 14;

  /** Elements of 256 bytes. */
  private static final int STAGGER = 64;

  /** No Java array is sure to take more elements. */
  static final int MOST_PAGES = Integer.MAX_VALUE - 8;

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
    return switch (type.carrier()) {
      case FLOAT -> new float[length];
      case DOUBLE -> new double[length];
      case INT -> new int[length];
      case SHORT, BYTE -> throw new IllegalStateException("no page is of " + type);
    };
  }

  /** The next length that makes an array fill cache lines with its header of 16 bytes. */
  private static int wholeLines(DataType type, int length) {
    int line = 64 / type.bytes();
    int header = 16 / type.bytes();
    return (length + header + line - 1) / line * line - header;
  }

  /** The number of the page that an element is on. */
  static int of(long element) {
    return (int) (element >>> SHIFT);
  }

  /** Where on its page an element is. */
  static int index(long element) {
    return (int) (element & (SIZE - 1));
  }

  /** How many elements its page has from an element on. */
  static int rest(long element) {
    return SIZE - index(element);
  }

  static void clear(Object array, int from, int count) {
    if (array instanceof float[] floats) {
      Arrays.fill(floats, from, from + count, 0);
    } else if (array instanceof int[] whole) {
      Arrays.fill(whole, from, from + count, 0);
    } else {
      Arrays.fill((double[]) array, from, from + count, 0);
    }
  }

  /** Copies elements between arrays of one type: one that C2 knows takes half as long to begin. */
  static int copy(Object source, int from, Object target, int to, int count) {
    if (source instanceof float[] floats) {
      System.arraycopy(floats, from, (float[]) target, to, count);
    } else {
      System.arraycopy(source, from, target, to, count);
    }
    return count;
  }
}
