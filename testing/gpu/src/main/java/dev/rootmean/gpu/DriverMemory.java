package dev.rootmean.gpu;

import dev.rootmean.DataType;
import dev.rootmean.ForeignMemory;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;

/** Zeroed memory of the first device's primary context, in which frameworks have theirs. */
final class DriverMemory implements AutoCloseable {
  private final Address memory = new Address();
  private final Primary context;

  /** A device pointer that tells its address. */
  private static final class Address extends CUdeviceptr {
    long value() {
      return getNativePointer();
    }
  }

  /** The context, retained and current. */
  static final class Primary implements AutoCloseable {
    private final CUdevice device = new CUdevice();

    Primary() {
      CUcontext context = new CUcontext();
      check(JCudaDriver.cuInit(0));
      check(JCudaDriver.cuDeviceGet(device, 0));
      check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
      check(JCudaDriver.cuCtxPushCurrent(context));
    }

    /** What is retained stays so until {@link #close()}. */
    void leave() {
      JCudaDriver.cuCtxPopCurrent(new CUcontext());
    }

    @Override
    public void close() {
      JCudaDriver.cuDevicePrimaryCtxRelease(device);
    }
  }

  private DriverMemory(long bytes) {
    context = new Primary();
    try {
      check(JCudaDriver.cuMemAlloc(memory, bytes));
      check(JCudaDriver.cuMemsetD8(memory, (byte) 0, bytes));
      check(JCudaDriver.cuCtxSynchronize());
    } finally {
      context.leave();
    }
  }

  static DriverMemory take(long bytes) {
    return new DriverMemory(bytes);
  }

  /** Elements from a byte on. */
  ForeignMemory describe(DataType type, long offset, long length) {
    return ForeignMemory.cuda(0, memory.value() + offset, type, length, this);
  }

  static void check(int code) {
    if (code != 0) {
      throw new IllegalStateException("the driver's error " + code);
    }
  }

  @Override
  public void close() {
    try (Primary current = new Primary()) {
      JCudaDriver.cuMemFree(memory);
      current.leave();
    }
    context.close();
  }
}
