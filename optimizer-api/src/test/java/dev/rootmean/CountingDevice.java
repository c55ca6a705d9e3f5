package dev.rootmean;

import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.contract.Wrapped;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import dev.rootmean.spi.TriedFamilies;
import java.nio.Buffer;

/** Counts what is held and launched, and has room for so many buffers. */
final class CountingDevice extends Wrapped<TypedArray> {
  int room = Integer.MAX_VALUE;
  int held;

  /** Of steps. */
  int launches;

  /** Copies, fills and launches until one is refused, and the others are not. */
  int callsUntilRefused = Integer.MAX_VALUE;

  /** Whether it is refused by an {@link Error}. */
  boolean refusesByError;

  /** Allocations and writes until one meets a full Java heap, and the others do not. */
  int memoryCallsUntilError = Integer.MAX_VALUE;

  CountingDevice() {
    super(new ScalarDevice());
  }

  /** With all families tried, so that only what a test asks for is counted. */
  OptimizerBackend open() {
    OptimizerBackend backend = TriedFamilies.of(ScalarDevice.open(this));
    launches = 0;
    return backend;
  }

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
  public TypedArray allocate(DataType type, long length) {
    memoryCall();
    if (held == room) {
      throw new DeviceOutOfMemoryException("small", "allocate", 0, "", "full", null);
    }
    held++;
    return super.allocate(type, length);
  }

  @Override
  public void free(TypedArray memory) {
    held--;
  }

  @Override
  public void send(TypedArray target, DataType type, long at, Buffer source) {
    memoryCall();
    super.send(target, type, at, source);
  }

  @Override
  public void copy(
      TypedArray source, long from, TypedArray target, long to, DataType type, long length) {
    call();
    super.copy(source, from, target, to, type, length);
  }

  @Override
  public void zero(TypedArray memory, DataType type, long at, long length) {
    call();
    super.zero(memory, type, at, length);
  }

  @Override
  public void launch(Kernel kernel, Numbers numbers, Rows<TypedArray> rows) {
    call();
    if (kernel.text().equals("rmsprop")) {
      launches++;
    }
    super.launch(kernel, numbers, rows);
  }
}
