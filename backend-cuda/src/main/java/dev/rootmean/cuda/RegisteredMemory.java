package dev.rootmean.cuda;

import dev.rootmean.DataType;
import dev.rootmean.spi.PinnedMemory;
import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUresult;

/**
 * The host's memory, page-locked where it is: what the JVM has allocated it frees, so that a view
 * of it is never one of memory that is gone.
 */
final class RegisteredMemory implements PinnedMemory<CudaMemory> {
  private final CudaContext context;
  private final Pointer memory;
  private final long bytes;
  private final CUevent end;

  @SuppressWarnings("try") // it is entered for what that does to the thread
  RegisteredMemory(CudaContext context, ByteBuffer memory) {
    this.context = context;
    this.memory = Pointer.toBuffer(memory); // which keeps it reachable
    this.bytes = memory.capacity();
    try (CudaContext.Current now = context.enter()) {
      end = CudaContext.newEvent();
      try {
        CudaErrors.check(CudaDriver.cuMemHostRegister(this.memory, bytes, 0), "cuMemHostRegister");
      } catch (Throwable e) {
        CudaDriver.cuEventDestroy(end);
        throw e;
      }
    }
  }

  @Override
  public void send(CudaMemory target, DataType type, long at) {
    try (CudaContext.Current now = context.enter()) {
      now.send(target.at(at * type.bytes()), memory, bytes, end);
    }
  }

  @Override
  public void receive(CudaMemory source, DataType type, long at) {
    try (CudaContext.Current now = context.enter()) {
      now.receive(memory, source.at(at * type.bytes()), bytes, end);
    }
  }

  @Override
  public void await() {
    try (CudaContext.Current now = context.enter()) {
      CudaErrors.check(now.finish(end), "cuEventSynchronize");
    }
  }

  @Override
  public void release() {
    try (CudaContext.Current now = context.enter()) {
      int waited = now.finish(end);
      if (waited != CUresult.CUDA_SUCCESS && !CudaCode.isLoss(waited)) {
        waited = now.finish(); // unregistering would not wait for a copy that is under way
        CudaErrors.check(waited, "cuStreamSynchronize");
      }
      CudaDriver.cuEventDestroy(end);
      int released = CudaDriver.cuMemHostUnregister(memory);
      CudaErrors.check(waited, "cuEventSynchronize");
      CudaErrors.check(released, "cuMemHostUnregister");
    }
  }
}
