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
record MemoryRange<M>(
    OwnedDevice.Allocation<M> allocation, DataType dataType, long offset, long length) {
  /**
   * So that, of ranges that lie apart from each other, one overlaps another's neighbours if any.
   */
  static final Comparator<MemoryRange<?>> BY_PLACE =
      Comparator.<MemoryRange<?>>comparingLong(MemoryRange::space)
          .thenComparingLong(MemoryRange::start)
          .thenComparingLong(range -> range.allocation.number);

  /** Positive for each allocation of the device's own; 0 for memory that has an address. */
  private long space() {
    ForeignMemory foreign = allocation.foreign;
    if (foreign == null) {
      return allocation.number;
    }
    return foreign.kind() == ForeignMemory.Kind.OPENCL
        ? Integer.MIN_VALUE - 1L - foreign.handle().hashCode()
        : 0;
  }

  /** The first byte within its space. */
  private long start() {
    ForeignMemory foreign = allocation.foreign;
    long before = foreign == null ? 0 : foreign.address() / dataType.bytes() - foreign.first();
    return (before + offset) * dataType.bytes();
  }

  /** Null once it is freed. */
  M memory() {
    return allocation.memory;
  }

  MemoryRange<M> part(long from, long count) {
    return new MemoryRange<>(allocation, dataType, offset + from, count);
  }

  /**
   * Whether it begins on a vector of so many of its elements. A device's own memory does, memory of
   * others begins anywhere.
   */
  boolean isAligned(int width) {
    return start() / dataType.bytes() % width == 0;
  }

  /** By address too: memory of others can have been wrapped twice. */
  boolean overlaps(MemoryRange<?> other) {
    ForeignMemory here = allocation.foreign;
    ForeignMemory there = other.allocation.foreign;
    if (here != null && there != null) {
      return here.overlaps(
          offset - here.first(), length, there, other.offset - there.first(), other.length);
    }
    return allocation == other.allocation
        && offset < other.offset + other.length
        && other.offset < offset + length;
  }
}
