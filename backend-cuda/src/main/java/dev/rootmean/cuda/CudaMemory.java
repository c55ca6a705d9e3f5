package dev.rootmean.cuda;

import dev.rootmean.ForeignMemory;
import jcuda.driver.CUdeviceptr;

/**
 * An allocation. JCuda keeps its address to itself and its subclasses; a kernel takes it as a
 * number.
 */
final class CudaMemory extends CUdeviceptr {
  /** Keeps the memory's owner reachable; null if it is this backend's own. */
  private final ForeignMemory foreign;

  /** To be allocated. */
  CudaMemory() {
    this.foreign = null;
  }

  /** Memory that another library owns. */
  CudaMemory(ForeignMemory foreign) {
    super(new CUdeviceptr(), foreign.address());
    this.foreign = foreign;
  }

  boolean isForeign() {
    return foreign != null;
  }

  long address() {
    return getNativePointer() + getByteOffset();
  }

  /** What begins where the allocation does needs no new pointer: an optimizer's buffers do. */
  CUdeviceptr at(long bytes) {
    return bytes == 0 ? this : withByteOffset(bytes);
  }
}
