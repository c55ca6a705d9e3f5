package dev.rootmean.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import jcuda.Pointer;

/**
 * Host memory that the driver can read while the host goes on. JCuda keeps its address to itself.
 */
final class PageLocked extends Pointer implements AutoCloseable {
  private final long bytes;

  /** Takes memory in the current context. */
  PageLocked(long bytes) {
    this.bytes = bytes;
    CudaErrors.check(CudaDriver.cuMemAllocHost(this, bytes), "cuMemAllocHost");
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
