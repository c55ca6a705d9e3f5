package dev.rootmean.kernels;

/**
 * The kernels for NVIDIA's GPUs, as {@code kernels/generate-ptx} made them of their texts: PTX 6.3
 * for compute capability 7.5 and later, which a driver compiles for the GPU at hand.
 *
 * @since 0.1.0
 */
public final class ShippedPtx {
  private ShippedPtx() {}

  /**
   * Reads a program's text.
   *
   * @param program the name of a family, with {@link KernelText#MANY} behind it for its steps that
   *     are launched together
   * @return one module, whose kernels have their names
   */
  public static String text(String program) {
    return KernelText.resource(program + ".ptx");
  }
}
