package dev.rootmean.cpu;

import dev.rootmean.DataType;
import java.nio.Buffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/** Floats, doubles or whole numbers in pages on the Java heap. */
final class PagedMemory extends CpuMemory {
  private final Object[] pages;

  PagedMemory(DataType type, Object[] pages) {
    super(type);
    this.pages = pages;
  }

  /**
   * Zeros.
   *
   * @param number the allocation's, to vary where its pages lie
   */
  static PagedMemory allocate(DataType type, long length, int number) {
    return new PagedMemory(type, Pages.allocate(type, length, number));
  }

  @Override
  Object page(long element) {
    return pages[Pages.of(element)];
  }

  @Override
  Object[] pages() {
    return pages;
  }

  @Override
  boolean isForeign() {
    return false;
  }

  @Override
  void load(long at, Object target, int to, int count) {
    Pages.copy(page(at), Pages.index(at), target, to, count);
  }

  @Override
  void store(Object source, int from, long at, int count) {
    Pages.copy(source, from, page(at), Pages.index(at), count);
  }

  @Override
  void send(Buffer source, int from, long at, int count) {
    Object page = page(at);
    int index = Pages.index(at);
    if (page instanceof float[] floats) {
      ((FloatBuffer) source).get(from, floats, index, count);
    } else if (page instanceof int[] whole) {
      ((IntBuffer) source).get(from, whole, index, count);
    } else {
      ((DoubleBuffer) source).get(from, (double[]) page, index, count);
    }
  }

  @Override
  void receive(long at, Buffer target, int to, int count) {
    Object page = page(at);
    int index = Pages.index(at);
    if (page instanceof float[] floats) {
      ((FloatBuffer) target).put(to, floats, index, count);
    } else if (page instanceof int[] whole) {
      ((IntBuffer) target).put(to, whole, index, count);
    } else {
      ((DoubleBuffer) target).put(to, (double[]) page, index, count);
    }
  }

  @Override
  void copy(long at, CpuMemory target, long to, int count) {
    target.store(page(at), Pages.index(at), to, count);
  }

  @Override
  void clear(long at, int count) {
    Pages.clear(page(at), Pages.index(at), count);
  }
}
