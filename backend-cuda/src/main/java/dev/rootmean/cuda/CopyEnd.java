package dev.rootmean.cuda;

import java.util.function.IntSupplier;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUresult;

/** Queues copies from and to some page-locked memory, and tells when they have come to an end. */
final class CopyEnd {
  private final CUevent event = new CUevent();

  /** Whether the event comes after all the copies; if not, only the end of the stream does. */
  private boolean isRecorded = true;

  /** In the current context. */
  CopyEnd() {
    CudaErrors.check(
        CudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
  }

  /** Queues a copy from page-locked memory, which may change once the copy is done. */
  void send(CudaContext.Current now, CUdeviceptr target, Pointer source, long bytes) {
    queue(
        now,
        "cuMemcpyHtoDAsync",
        () -> CudaDriver.cuMemcpyHtoDAsync(target, source, bytes, now.stream()));
  }

  /** Queues a copy to page-locked memory, where it is once the copy is done. */
  void receive(CudaContext.Current now, Pointer target, CUdeviceptr source, long bytes) {
    queue(
        now,
        "cuMemcpyDtoHAsync",
        () -> CudaDriver.cuMemcpyDtoHAsync(target, source, bytes, now.stream()));
  }

  private void queue(CudaContext.Current now, String function, IntSupplier copy) {
    isRecorded = false;
    try {
      CudaErrors.check(copy.getAsInt(), function);
      CudaErrors.check(CudaDriver.cuEventRecord(event, now.stream()), "cuEventRecord");
      isRecorded = true;
    } catch (Throwable e) {
      try {
        await(now); // the copy may be under way
      } catch (Throwable more) { // which is worse, and the lost device's code if it is lost
        more.addSuppressed(e);
        throw more;
      }
      throw e;
    }
  }

  /** Waits until the copies are done; if that fails, they may be under way. */
  void await(CudaContext.Current now) {
    CudaErrors.check(finish(now), waiting());
  }

  /** As {@link #await}; the driver's code. */
  int finish(CudaContext.Current now) {
    int code = isRecorded ? now.finish(event) : now.finish();
    isRecorded |= code == CUresult.CUDA_SUCCESS; // with no copy there is nothing to record
    return code;
  }

  /** The driver's function that {@link #finish} calls, and after a failure the one that failed. */
  String waiting() {
    return isRecorded ? "cuEventSynchronize" : "cuStreamSynchronize";
  }

  /** In the current context, after all; the driver's code. */
  int destroy() {
    return CudaDriver.cuEventDestroy(event);
  }
}
