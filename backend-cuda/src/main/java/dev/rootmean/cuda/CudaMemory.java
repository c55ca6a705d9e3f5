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
}
