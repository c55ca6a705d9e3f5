package dev.rootmean.cpu;

import dev.rootmean.DataType;
import java.nio.Buffer;

/** The device's handle of an allocation. Ranges may cross its pages, each of a page's length. */
abstract class CpuMemory {
  final DataType type;

  CpuMemory(DataType type) {
    this.type = type;
  }

  /**
   * The array that holds an element's page; none if {@link #isForeign} or where some share words.
   */
  Object page(long element) {
    throw new IllegalStateException("no page of " + type + " is one of its elements");
  }

  /** The arrays of all pages; null if {@link #isForeign} or of 16 bits. */
  Object[] pages() {
    return null;
  }

  /** Whether loops over arrays cannot take it as it is. */
  abstract boolean isForeign();

  /** Of elements that share words one thread alone may write to so many; 1 if none share. */
  int sharing() {
    return 1;
  }

  /** The address of an element that is still there; none unless {@link #isForeign}. */
  long address(long element) {
    throw new IllegalStateException("memory of the Java heap has no address");
  }

  // Of a range on one page.

  /** Copies to an array of this type, but of 16 bits. */
  void load(long at, Object target, int to, int count) {
    throw new IllegalStateException("no array is of " + type);
  }

  /** Copies from an array of this type, but of 16 bits. */
  void store(Object source, int from, long at, int count) {
    throw new IllegalStateException("no array is of " + type);
  }

  /**
   * Copies from elements of 16 bits to the upper halves of whole numbers.
   *
   * @param count at most a block of {@link HalfMemory}
   */
  void loadBits(long at, int[] bits, int count) {
    throw new IllegalStateException(type + " has more than 16 bits");
  }

  /** Copies to elements of 16 bits from the lower halves of whole numbers. */
  void storeBits(int[] bits, long at, int count) {
    throw new IllegalStateException(type + " has more than 16 bits");
  }

  /** Copies from elements of this type. */
  abstract void send(Buffer source, int from, long at, int count);

  /** Copies to elements of this type. */
  abstract void receive(long at, Buffer target, int to, int count);

  /** Copies to a range on one page of other memory of this type. */
  abstract void copy(long at, CpuMemory target, long to, int count);

  abstract void clear(long at, int count);

  /** Fills a range of any length with zeros. */
  final void zero(long at, long length) {
    int count;
    for (long i = at; i < at + length; i += count) {
      count = (int) Math.min(Pages.rest(i), at + length - i);
      clear(i, count);
    }
  }

  /** Copies a range of a page's length at most to an array of this type. */
  final void gather(long at, Object target, int to, int count) {
    int first = Math.min(Pages.rest(at), count);
    load(at, target, to, first);
    if (first < count) {
      load(at + first, target, to + first, count - first);
    }
  }

  /** Copies from an array of this type to a range of a page's length at most. */
  final void scatter(Object source, int from, long at, int count) {
    int first = Math.min(Pages.rest(at), count);
    store(source, from, at, first);
    if (first < count) {
      store(source, from + first, at + first, count - first);
    }
  }
}
