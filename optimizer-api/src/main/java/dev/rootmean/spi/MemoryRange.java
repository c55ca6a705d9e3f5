package dev.rootmean.spi;

import dev.rootmean.DataType;

/**
 * A range of a device's memory: what the {@link DeviceCalls} are given of a buffer. Users never see
 * one, so that no handle is reachable once its memory is freed.
 *
 * @param <M> the device's handle of an allocation
 */
public final class MemoryRange<M> {
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

  /**
   * The allocation that the range lies in.
   *
   * @return what {@link DeviceCalls#allocateMemory} gave
   */
  public M memory() {
    return allocation.memory;
  }

  /**
   * The type of the elements.
   *
   * @return the type
   */
  public DataType dataType() {
    return dataType;
  }

  /**
   * Where the range begins within its allocation.
   *
   * @return the offset in elements, 0 for a whole allocation
   */
  public long offset() {
    return offset;
  }

  /**
   * The number of elements.
   *
   * @return the length, at least 1
   */
  public long length() {
    return length;
  }

  OwnedDevice.Allocation<M> allocation() {
    return allocation;
  }

  MemoryRange<M> part(long from, long count) {
    return new MemoryRange<>(allocation, dataType, offset + from, count);
  }

  boolean overlaps(MemoryRange<M> other) {
    return allocation == other.allocation
        && offset < other.offset + other.length
        && other.offset < offset + length;
  }
}
