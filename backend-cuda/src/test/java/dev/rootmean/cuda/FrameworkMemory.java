package dev.rootmean.cuda;

import dev.rootmean.DataType;
import dev.rootmean.ForeignMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntSupplier;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;

/** A framework's memory: in a device's primary context, with its work in the legacy stream. */
final class FrameworkMemory implements AutoCloseable {
  /** In all of it, at first. */
  static final byte FILL = 0x5A;

  private final CUdevice device = new CUdevice();
  private final CUcontext context = new CUcontext();
  private final CudaMemory memory = new CudaMemory();
  private final int ordinal;
  private final int bytes;
  private boolean isFree;

  FrameworkMemory(int ordinal, int bytes) {
    this.ordinal = ordinal;
    this.bytes = bytes;
    new CudaProvider().probe(); // starts the driver
    CudaErrors.check(CudaDriver.cuDeviceGet(device, ordinal), "cuDeviceGet");
    CudaErrors.check(CudaDriver.cuDevicePrimaryCtxRetain(context, device), "retain");
    call(() -> CudaDriver.cuMemAlloc(memory, bytes));
    call(() -> JCudaDriver.cuMemsetD8(memory, FILL, bytes));
  }

  /** Calls the driver in this memory's context. */
  void call(IntSupplier call) {
    CudaErrors.check(CudaDriver.cuCtxPushCurrent(context), "push");
    try {
      CudaErrors.check(call.getAsInt(), "the framework's call");
    } finally {
      CudaDriver.cuCtxPopCurrent(new CUcontext());
    }
  }

  CUdeviceptr at(long offset) {
    return memory.withByteOffset(offset);
  }

  long address() {
    return memory.address();
  }

  /** Elements from a byte on. */
  ForeignMemory describe(DataType type, long offset, long length) {
    return ForeignMemory.cuda(ordinal, address() + offset, type, length, this);
  }

  ByteBuffer read() {
    byte[] host = new byte[bytes];
    call(() -> CudaDriver.cuMemcpyDtoH(Pointer.to(host), memory, bytes));
    return ByteBuffer.wrap(host).order(ByteOrder.nativeOrder());
  }

  /** Before the time: it is closed all the same. */
  void free() {
    call(() -> CudaDriver.cuMemFree(memory));
    isFree = true;
  }

  @Override
  public void close() {
    if (!isFree) {
      free(); // the driver says whether it was there
    }
    CudaErrors.check(CudaDriver.cuDevicePrimaryCtxRelease(device), "release");
  }
}
