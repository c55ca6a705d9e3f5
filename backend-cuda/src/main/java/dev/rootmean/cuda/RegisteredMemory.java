package dev.rootmean.cuda;

import dev.rootmean.DataType;
import dev.rootmean.spi.PinnedMemory;
import java.nio.ByteBuffer;
import java.util.Optional;
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

  private RegisteredMemory(CudaContext context, Pointer memory, long bytes, CopyEnd end) {
    this.context = context;
    this.memory = memory;
    this.bytes = bytes;
    this.end = end;
  }

  /** Empty if the driver does not page-lock it. */
  static Optional<PinnedMemory<CudaMemory>> of(CudaContext context, ByteBuffer memory) {
    Pointer pointer = Pointer.toBuffer(memory); // which keeps it reachable
    long bytes = memory.capacity();
    try (CudaContext.Current now = context.enter()) {
      CopyEnd end = new CopyEnd();
      boolean isRegistered = false;
      try {
        // Before, as a full heap would leave what is registered without an owner.
        Optional<PinnedMemory<CudaMemory>> made =
            Optional.of(new RegisteredMemory(context, pointer, bytes, end));
        int code = CudaDriver.cuMemHostRegister(pointer, bytes, 0);
        isRegistered =
            now.isPageLocked(
                code,
                "cuMemHostRegister",
                bytes,
                "a HostBuffer's transfers wait as those of other memory do");
        return isRegistered ? made : Optional.empty();
      } finally {
        if (!isRegistered) {
          end.destroy();
        }
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
      int destroyed = end.destroy();
      int released = CudaDriver.cuMemHostUnregister(memory);
      CudaErrors.check(waited, end.waiting());
      CudaErrors.check(destroyed, "cuEventDestroy");
      CudaErrors.check(released, "cuMemHostUnregister");
    }
  }
}
