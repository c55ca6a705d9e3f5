package dev.rootmean.gpu;

import dev.rootmean.DataType;
import dev.rootmean.ForeignMemory;
import dev.rootmean.contract.WrappedMemoryContract;
import dev.rootmean.cuda.CudaProvider;
import dev.rootmean.spi.BackendProvider;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;

/** The contract in memory that was taken from the driver, as a framework takes its own. */
abstract class GpuWrappedContract extends WrappedMemoryContract {
  private static final int MOST_BEFORE = 4;

  private final List<CUdeviceptr> taken = new ArrayList<>();
  private CUcontext context;

  /** A device pointer that tells its address. */
  private static final class Address extends CUdeviceptr {
    long value() {
      return getNativePointer();
    }
  }

  @Override
  protected BackendProvider provider() {
    return new CudaProvider();
  }

  @Override
  protected ForeignMemory foreign(DataType type, long length) {
    int before = taken.size() % MOST_BEFORE; // not always on 16 bytes
    long bytes = (before + length) * type.bytes();
    Address memory = new Address();
    enter();
    try {
      check(JCudaDriver.cuMemAlloc(memory, bytes));
      taken.add(memory);
      check(JCudaDriver.cuMemsetD8(memory, (byte) 0, bytes));
      check(JCudaDriver.cuCtxSynchronize());
    } finally {
      JCudaDriver.cuCtxPopCurrent(new CUcontext());
    }
    long address = memory.value() + (long) before * type.bytes();
    return ForeignMemory.cuda(0, address, type, length, memory);
  }

  private void enter() {
    if (context == null) {
      context = new CUcontext();
      CUdevice device = new CUdevice();
      check(JCudaDriver.cuDeviceGet(device, 0));
      check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
    }
    check(JCudaDriver.cuCtxPushCurrent(context));
  }

  private static void check(int code) {
    if (code != 0) {
      throw new IllegalStateException("the driver's error " + code);
    }
  }

  @AfterEach
  void free() {
    if (!taken.isEmpty()) {
      enter();
      taken.forEach(JCudaDriver::cuMemFree);
      JCudaDriver.cuCtxPopCurrent(new CUcontext());
      taken.clear();
    }
  }

  static class Float32 extends GpuWrappedContract {}

  static class Float64 extends GpuWrappedContract {
    @Override
    public DataType type() {
      return DataType.FLOAT64;
    }
  }
}
