package dev.rootmean;

import dev.rootmean.contract.ScalarBackend;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.spi.BackendBuffer;

/** Counts what is held and launched, and has room for so many buffers. */
final class CountingBackend extends ScalarBackend {
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
  protected void queueAdd(BackendBuffer<TypedArray> addend, BackendBuffer<TypedArray> target) {
    call();
    super.queueAdd(addend, target);
  }

  @Override
  protected void queueMeasure(
      GradientPolicy policy, BackendBuffer<TypedArray> grads, BackendBuffer<TypedArray> control) {
    call();
    super.queueMeasure(policy, grads, control);
  }

  @Override
  protected TypedArray allocateMemory(DataType type, long length) {
    if (held == room) {
      throw new DeviceOutOfMemoryException("small", "allocate", 0, "", "full", null);
    }
    held++;
    return super.allocateMemory(type, length);
  }

  @Override
  protected void free(TypedArray memory) {
    held--;
  }

  @Override
  protected void queueStep(
      Coefficients k,
      BackendBuffer<TypedArray> params,
      BackendBuffer<TypedArray> grads,
      BackendBuffer<TypedArray> squareAverage,
      BackendBuffer<TypedArray> momentum,
      BackendBuffer<TypedArray> gradientAverage,
      BackendBuffer<TypedArray> control) {
    call();
    launches++;
    super.queueStep(k, params, grads, squareAverage, momentum, gradientAverage, control);
  }
}
