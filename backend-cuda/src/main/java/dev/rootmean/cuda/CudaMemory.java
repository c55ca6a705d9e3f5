package dev.rootmean.cuda;

import jcuda.driver.CUdeviceptr;

/**
 * An allocation. JCuda keeps its address to itself and its subclasses; a kernel takes it as a
 * number.
 */
final class CudaMemory extends CUdeviceptr {
  long address() {
    return getNativePointer();
  }

  /** What begins where the allocation does needs no new pointer: an optimizer's buffers do. */
  CUdeviceptr at(long bytes) {
    return bytes == 0 ? this : withByteOffset(bytes);
  }
}
