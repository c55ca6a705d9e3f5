package dev.rootmean.pytorch;

import dev.rootmean.ForeignQueue;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.cuda.CUDAEvent;
import org.bytedeco.pytorch.cuda.CUDAStream;
import org.bytedeco.pytorch.global.torch_cuda;

/**
 * Torch's current CUDA stream, whichever that is when a step is taken. The default one takes turns
 * with a backend's by itself, since it is CUDA's legacy default stream; any other by events. No GPU
 * has run this.
 */
final class CurrentStream implements ForeignQueue, AutoCloseable {
  private final byte device;
  private final CUDAEvent event = new CUDAEvent();
  private CUDAStream ours;

  CurrentStream(byte device) {
    this.device = device;
  }

  @Override
  public void beforeStep(long nativeQueue) {
    try (CUDAStream theirs = torch_cuda.getCurrentCUDAStream(device)) {
      order(theirs, theirs, ours(nativeQueue));
    }
  }

  @Override
  public void afterStep(long nativeQueue) {
    try (CUDAStream theirs = torch_cuda.getCurrentCUDAStream(device)) {
      order(theirs, ours(nativeQueue), theirs);
    }
  }

  /** Has a stream go on after what is queued in another by now, unless torch's is the default. */
  private void order(CUDAStream theirs, CUDAStream first, CUDAStream second) {
    if (theirs.id() != 0) {
      event.record(first);
      event.block(second);
    }
  }

  private CUDAStream ours(long nativeQueue) {
    if (ours == null) {
      ours = torch_cuda.getStreamFromExternal(new Handle(nativeQueue), device);
    }
    return ours;
  }

  @Override
  public void close() {
    if (ours != null) {
      ours.close();
    }
    event.close();
  }

  /** A stream by the address that is its handle. */
  private static final class Handle extends CUstream_st {
    Handle(long address) {
      super((Pointer) null);
      this.address = address;
    }
  }
}
