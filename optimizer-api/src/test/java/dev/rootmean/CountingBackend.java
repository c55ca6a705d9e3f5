package dev.rootmean;

import dev.rootmean.contract.ScalarBackend;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.spi.BackendBuffer;

/** Counts what is held and launched, and has room for so many buffers. */
final class CountingBackend extends ScalarBackend {
  int room = Integer.MAX_VALUE;
  int held;
  int launches;

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
    launches++;
    super.queueStep(k, params, grads, squareAverage, momentum, gradientAverage, control);
  }
}
