package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.ForeignMemory;
import java.util.Comparator;

/**
 * A range of a device's memory. Users never see one, so that no handle is reachable once its memory
 * is freed.
 *
 * @param <M> the device's handle of an allocation
 * @param offset where it begins in its allocation, in elements
 */
record MemoryRange<M>(Allocation<M> allocation, DataType dataType, long offset, long length) {
  /** Of ranges that lie apart from each other, those that overlap another one lie beside it. */
  static final Comparator<MemoryRange<?>> BY_PLACE =
      Comparator.<MemoryRange<?>>comparingLong(range -> range.allocation.space)
          .thenComparingLong(MemoryRange::start)
          .thenComparingLong(range -> range.allocation.number);

  /** The first byte within its space. */
  private long start() {
    return allocation.start + offset * dataType.bytes();
  }

  /** Null once it is freed. */
  M memory() {
    return allocation.memory;
  }

  MemoryRange<M> part(long from, long count) {
    return new MemoryRange<>(allocation, dataType, offset + from, count);
  }

  /** The bases of its blocks, which it has whole. */
  MemoryRange<M> bases() {
    return new MemoryRange<>(
        allocation.bases, DataType.INT32, offset / Block8.SIZE, Block8.count(length));
  }

  /**
   * Whether its element {@code first} begins a vector of so many of its elements. A device's own
   * memory does, memory of others begins anywhere.
   */
  boolean isAligned(long first, int width) {
    return (start() / dataType.bytes() + first) % width == 0;
  }

  boolean overlaps(MemoryRange<?> other) {
    return overlaps(0, length, other, 0, other.length);
  }

  /** Of parts. By address too: memory of others can have been wrapped twice. */
  boolean overlaps(long from, long count, MemoryRange<?> other, long otherFrom, long otherCount) {
    long first = offset + from;
    long otherFirst = other.offset + otherFrom;
    ForeignMemory here = allocation.foreign;
    ForeignMemory there = other.allocation.foreign;
    if (here != null && there != null) {
      return here.overlaps(
          first - here.first(), count, there, otherFirst - there.first(), otherCount);
    }
    return allocation == other.allocation
        && first < otherFirst + otherCount
        && otherFirst < first + count;
  }
}
