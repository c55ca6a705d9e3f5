package dev.rootmean.spi;

import dev.rootmean.DataType;

/**
 * A range of a device's memory. Users never see one, so that no handle is reachable once its memory
 * is freed.
 *
 * @param <M> the device's handle of an allocation
 */
final class MemoryRange<M> {
  private final OwnedDevice.Allocation<M> allocation;
  private final DataType dataType;
  private final long offset;
  private final long length;

  MemoryRange(OwnedDevice.Allocation<M> allocation, DataType dataType, long offset, long length) {
    this.allocation = allocation;
    this.dataType = dataType;
    this.offset = offset;
    this.length = length;
  }

  /** Null once it is freed. */
  M memory() {
    return allocation.memory;
  }

  DataType dataType() {
    return dataType;
  }

  /** Where it begins in its allocation, in elements. */
  long offset() {
    return offset;
  }

  long length() {
    return length;
  }

  OwnedDevice.Allocation<M> allocation() {
    return allocation;
  }

  MemoryRange<M> part(long from, long count) {
    return new MemoryRange<>(allocation, dataType, offset + from, count);
  }
}
