package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.ForeignMemory;

/**
 * A range of a device's memory. Users never see one, so that no handle is reachable once its memory
 * is freed.
 *
 * @param <M> the device's handle of an allocation
 * @param offset where it begins in its allocation, in elements
 */
record MemoryRange<M>(
    OwnedDevice.Allocation<M> allocation, DataType dataType, long offset, long length) {
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
    ForeignMemory foreign = allocation.foreign;
    long before = foreign == null ? 0 : foreign.address() / dataType.bytes() - foreign.first();
    return (before + offset) % width == 0;
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
