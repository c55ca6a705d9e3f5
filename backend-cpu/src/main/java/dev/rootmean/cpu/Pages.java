package dev.rootmean.cpu;

import java.nio.FloatBuffer;

/**
 * Memory as pages of {@code float[]}: the unit of vectorisation and of scheduling, and what lets a
 * buffer be longer than a Java array.
 */
final class Pages {
  /** Elements of a page, 64 KiB: best or equal of all sizes from 2,048 to 65,536. */
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
  static float[][] allocate(long length, int buffer) {
    long count = (length - 1) / SIZE + 1;
    if (count > MOST_PAGES) {
      throw new OutOfMemoryError(count + " pages");
    }
    float[][] pages = new float[(int) count][];
    for (int i = 0; i < pages.length - 1; i++) {
      pages[i] = new float[wholeLines(SIZE + STAGGER * (1 + buffer % 5))];
    }
    pages[pages.length - 1] = new float[wholeLines((int) (length - (count - 1) * SIZE))];
    return pages;
  }

  /** The next length that makes an array fill cache lines with its header of 16 bytes. */
  private static int wholeLines(int length) {
    return ((length + 3) / 16 * 16) + 12;
  }

  /** The page that holds an element. */
  static float[] page(float[][] pages, long element) {
    return pages[(int) (element >>> SHIFT)];
  }

  /** Where in its page an element is. */
  static int index(long element) {
    return (int) (element & (SIZE - 1));
  }

  static void put(float[][] pages, long offset, FloatBuffer source) {
    for (long i = offset; source.hasRemaining(); ) {
      int count = Math.min(SIZE - index(i), source.remaining());
      source.get(page(pages, i), index(i), count);
      i += count;
    }
  }

  static void get(float[][] pages, long offset, FloatBuffer target) {
    for (long i = offset; target.hasRemaining(); ) {
      int count = Math.min(SIZE - index(i), target.remaining());
      target.put(page(pages, i), index(i), count);
      i += count;
    }
  }

  /** Copies a range that may cross pages to the start of an array. */
  static void gather(float[][] pages, long offset, float[] target, int count) {
    int first = Math.min(SIZE - index(offset), count);
    System.arraycopy(page(pages, offset), index(offset), target, 0, first);
    if (first < count) {
      System.arraycopy(page(pages, offset + first), 0, target, first, count - first);
    }
  }

  /** Copies the start of an array to a range that may cross pages. */
  static void scatter(float[] source, float[][] pages, long offset, int count) {
    int first = Math.min(SIZE - index(offset), count);
    System.arraycopy(source, 0, page(pages, offset), index(offset), first);
    if (first < count) {
      System.arraycopy(source, first, page(pages, offset + first), 0, count - first);
    }
  }
}
