package dev.rootmean;

import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.spi.MemoryRange;
import java.nio.Buffer;

/** Counts what is held and launched, and has room for so many buffers. */
final class CountingDevice extends ScalarDevice {
  int room = Integer.MAX_VALUE;
  int held;
  int launches;

  /** Steps, measurements, copies and additions until one is refused, and the others are not. */
  int callsUntilRefused = Integer.MAX_VALUE;

  /** Whether it is refused by an {@link Error}. */
  boolean refusesByError;

  /** Allocations and writes until one meets a full Java heap, and the others do not. */
  int memoryCallsUntilError = Integer.MAX_VALUE;

  private void call() {
    if (--callsUntilRefused == 0) {
      if (refusesByError) {
        throw new OutOfMemoryError("no room to queue");
      }
      throw new DeviceOutOfMemoryException("small", "launch", 0, "", "no room to queue", null);
    }
  }

  private void memoryCall() {
    if (--memoryCallsUntilError == 0) {
      throw new OutOfMemoryError("no room on the heap");
    }
  }

  @Override
  public void copyToDevice(MemoryRange<TypedArray> target, long offset, Buffer source) {
    memoryCall();
    super.copyToDevice(target, offset, source);
  }

  @Override
  public void queueCopy(MemoryRange<TypedArray> source, MemoryRange<TypedArray> target) {
    call();
    super.queueCopy(source, target);
  }

  @Override
  public void queueAdd(MemoryRange<TypedArray> addend, MemoryRange<TypedArray> target) {
    call();
    super.queueAdd(addend, target);
  }

  @Override
  public void queueMeasure(
      GradientPolicy policy, MemoryRange<TypedArray> grads, MemoryRange<TypedArray> decision) {
    call();
    super.queueMeasure(policy, grads, decision);
  }

  @Override
  public TypedArray allocateMemory(DataType type, long length) {
    memoryCall();
    if (held == room) {
      throw new DeviceOutOfMemoryException("small", "allocate", 0, "", "full", null);
    }
    held++;
    return super.allocateMemory(type, length);
  }

  @Override
  public void free(TypedArray memory) {
    held--;
  }

  @Override
  public void queueStep(
      Coefficients k,
      MemoryRange<TypedArray> params,
      MemoryRange<TypedArray> grads,
      MemoryRange<TypedArray> squareAverage,
      MemoryRange<TypedArray> momentum,
      MemoryRange<TypedArray> gradientAverage,
      MemoryRange<TypedArray> decision) {
    call();
    launches++;
    super.queueStep(k, params, grads, squareAverage, momentum, gradientAverage, decision);
  }
}
