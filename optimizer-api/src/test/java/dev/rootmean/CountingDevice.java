package dev.rootmean;

import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.spi.MemoryRange;

/** Counts what is held and launched, and has room for so many buffers. */
final class CountingDevice extends ScalarDevice {
  int room = Integer.MAX_VALUE;
  int held;
  int launches;

  /** Steps, measurements and additions until one is refused, and the others are not. */
  int callsUntilRefused = Integer.MAX_VALUE;

  private void call() {
    if (--callsUntilRefused == 0) {
      throw new DeviceOutOfMemoryException("small", "launch", 0, "", "no room to queue", null);
    }
  }

  @Override
  public void queueAdd(MemoryRange<TypedArray> addend, MemoryRange<TypedArray> target) {
    call();
    super.queueAdd(addend, target);
  }

  @Override
  public void queueMeasure(
      GradientPolicy policy, MemoryRange<TypedArray> grads, MemoryRange<TypedArray> control) {
    call();
    super.queueMeasure(policy, grads, control);
  }

  @Override
  public TypedArray allocateMemory(DataType type, long length) {
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
      MemoryRange<TypedArray> control) {
    call();
    launches++;
    super.queueStep(k, params, grads, squareAverage, momentum, gradientAverage, control);
  }
}
