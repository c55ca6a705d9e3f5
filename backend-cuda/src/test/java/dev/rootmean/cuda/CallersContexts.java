package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUresult;

/** Other CUDA code on this thread: contexts that it has pushed, which are to stay as they are. */
final class CallersContexts implements AutoCloseable {
  private final List<CUdevice> devices = new ArrayList<>();
  private final List<CUcontext> stack = new ArrayList<>();

  /** Pushes the primary contexts of devices, the last one to be current; of none: none is. */
  CallersContexts(int... ordinals) {
    new CudaProvider().probe(); // starts the driver
    for (int ordinal : ordinals) {
      CUdevice device = new CUdevice();
      CudaErrors.check(CudaDriver.cuDeviceGet(device, ordinal), "cuDeviceGet");
      CUcontext context = new CUcontext();
      CudaErrors.check(
          CudaDriver.cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
      devices.add(device);
      stack.add(context);
      push(context);
    }
    assertUntouched("at first");
  }

  private static void push(CUcontext context) {
    CudaErrors.check(CudaDriver.cuCtxPushCurrent(context), "cuCtxPushCurrent");
  }

  /** Fails unless the thread's contexts are the same as at first, all the way down. */
  void assertUntouched(String after) {
    List<CUcontext> found = popAll();
    stack.forEach(CallersContexts::push);
    assertEquals(stack, found, "the caller's contexts after " + after);
  }

  private static List<CUcontext> popAll() {
    List<CUcontext> found = new ArrayList<>();
    CUcontext top = new CUcontext();
    while (CudaDriver.cuCtxPopCurrent(top) == CUresult.CUDA_SUCCESS) {
      found.add(top);
      top = new CUcontext();
    }
    Collections.reverse(found);
    return found;
  }

  @Override
  public void close() {
    popAll();
    devices.forEach(CudaDriver::cuDevicePrimaryCtxRelease);
  }
}
