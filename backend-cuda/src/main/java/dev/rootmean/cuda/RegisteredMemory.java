package dev.rootmean.cuda;

import dev.rootmean.DataType;
import dev.rootmean.spi.PinnedMemory;
import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.driver.CUresult;

/**
 * The host's memory, page-locked where it is: what the JVM has allocated it frees, so that a view
 * of it is never one of memory that is gone.
 */
final class RegisteredMemory implements PinnedMemory<CudaMemory> {
  private final CudaContext context;
  private final Pointer memory;
  private final long bytes;
  private final CopyEnd end;

  @SuppressWarnings("try") // it is entered for what that does to the thread
  RegisteredMemory(CudaContext context, ByteBuffer memory) {
    this.context = context;
    this.memory = Pointer.toBuffer(memory); // which keeps it reachable
    this.bytes = memory.capacity();
    try (CudaContext.Current now = context.enter()) {
      end = new CopyEnd();
      try {
        CudaErrors.check(CudaDriver.cuMemHostRegister(this.memory, bytes, 0), "cuMemHostRegister");
      } catch (Throwable e) {
        end.close();
        throw e;
      }
    }
  }

  @Override
  public void send(CudaMemory target, DataType type, long at) {
    try (CudaContext.Current now = context.enter()) {
      end.send(now, target.at(at * type.bytes()), memory, bytes);
    }
  }

  @Override
  public void receive(CudaMemory source, DataType type, long at) {
    try (CudaContext.Current now = context.enter()) {
      end.receive(now, memory, source.at(at * type.bytes()), bytes);
    }
  }

  @Override
  public void await() {
    try (CudaContext.Current now = context.enter()) {
      end.await(now);
    }
  }

  @Override
  public void release() {
    try (CudaContext.Current now = context.enter()) {
      int waited = end.finish(now);
      if (waited != CUresult.CUDA_SUCCESS && !CudaCode.isLoss(waited)) {
        waited = now.finish(); // unregistering would not wait for a copy that is under way
        CudaErrors.check(waited, "cuStreamSynchronize");
      }
      end.close();
      int released = CudaDriver.cuMemHostUnregister(memory);
      CudaErrors.check(waited, "cuEventSynchronize");
      CudaErrors.check(released, "cuMemHostUnregister");
    }
  }
}
