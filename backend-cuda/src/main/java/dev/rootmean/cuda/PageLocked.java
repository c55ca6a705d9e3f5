package dev.rootmean.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import jcuda.Pointer;

/**
 * Host memory that the driver can read while the host goes on. JCuda keeps its address to itself.
 */
final class PageLocked extends Pointer implements AutoCloseable {
  static final String TAKING = "cuMemAllocHost";

  private final long bytes;

  /** To be taken. */
  PageLocked(long bytes) {
    this.bytes = bytes;
  }

  /** Takes memory in the current context. */
  static PageLocked of(long bytes) {
    PageLocked memory = new PageLocked(bytes);
    CudaErrors.checkPageLocked(memory.take(), TAKING, bytes);
    return memory;
  }

  /** Takes it in the current context; the driver's code. */
  int take() {
    return CudaDriver.cuMemAllocHost(this, bytes);
  }

  long address() {
    return getNativePointer();
  }

  ByteBuffer bytes() {
    return getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
  }

  LongBuffer longs() {
    return bytes().asLongBuffer();
  }

  @Override
  public void close() {
    CudaDriver.cuMemFreeHost(this);
  }
}
