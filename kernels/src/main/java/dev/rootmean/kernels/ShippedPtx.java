package dev.rootmean.kernels;

/**
 * The kernels for NVIDIA's GPUs, as {@code kernels/generate-ptx} made them of their texts: PTX 6.3
 * for compute capability 7.5 and later, which a driver compiles for the GPU at hand.
 */
public final class ShippedPtx {
  private ShippedPtx() {}

  /**
   * Reads a family's text.
   *
   * @param family its name
   * @return one module, whose kernels have their names
   */
  public static String text(String family) {
    return KernelText.resource(family + ".ptx");
  }
}
