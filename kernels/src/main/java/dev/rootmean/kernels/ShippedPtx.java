package dev.rootmean.kernels;

/**
 * The kernels of every variant and type for NVIDIA's GPUs, as {@code kernels/generate-ptx} made
 * them of the kernel's source: PTX 6.3 for compute capability 7.5 and later, which a driver
 * compiles for the GPU at hand.
 */
public final class ShippedPtx {
  private ShippedPtx() {}

  /**
   * Reads the text.
   *
   * @return one module, whose kernels are named by {@link KernelSource#name()}
   */
  public static String text() {
    return KernelSource.resource("rmsprop.ptx");
  }
}
