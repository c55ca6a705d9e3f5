package dev.rootmean.cpu;

import dev.rootmean.DataType;

/** The device's handle of an allocation. Its elements are in pages, which ranges may cross. */
final class CpuMemory {
  private final DataType type;
  private final Object[] pages;

  CpuMemory(DataType type, Object[] pages) {
    this.type = type;
    this.pages = pages;
  }

  /**
   * Zeros.
   *
   * @param number the allocation's, to vary where its pages lie
   */
  static CpuMemory allocate(DataType type, long length, int number) {
    return new CpuMemory(type, Pages.allocate(type, length, number));
  }

  /** The page that holds an element. */
  Object page(long element) {
    return pages[Pages.of(element)];
  }

  /** Fills a range with zeros. */
  void zero(long at, long length) {
    for (long i = at; i < at + length; ) {
      int count = (int) Math.min(Pages.SIZE - Pages.index(i), at + length - i);
      Pages.clear(page(i), Pages.index(i), count);
      i += count;
    }
  }

  /** Copies a range of a page's length at most to an array of the compute type. */
  void gather(long at, Object target, int to, int count) {
    int first = Pages.load(type, page(at), Pages.index(at), target, to, count);
    if (first < count) {
      Pages.load(type, page(at + first), 0, target, to + first, count - first);
    }
  }

  /** Copies from an array of this type to a range of a page's length at most. */
  void scatter(Object source, int from, long at, int count) {
    int first = Math.min(Pages.SIZE - Pages.index(at), count);
    Pages.copy(source, from, page(at), Pages.index(at), first);
    if (first < count) {
      Pages.copy(source, from + first, page(at + first), 0, count - first);
    }
  }
}
