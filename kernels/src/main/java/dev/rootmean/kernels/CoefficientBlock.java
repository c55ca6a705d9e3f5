package dev.rootmean.kernels;

import dev.rootmean.Coefficients;
import dev.rootmean.DataType;

/** The coefficients of a step. */
public final class CoefficientBlock extends StructBlock {
  private Coefficients held;

  /**
   * A block of zeros.
   *
   * @param type the compute type
   */
  public CoefficientBlock(DataType type) {
    super(type, 12);
  }

  /**
   * Puts other coefficients in.
   *
   * @param k the coefficients
   * @return whether they may differ from those that were there
   */
  @SuppressWarnings("ReferenceEquality") // the same rule comes with the same coefficients
  public boolean set(Coefficients k) {
    if (k == held) {
      return false;
    }
    put(0, k.scale()); // in the order of the kernel's struct
    put(1, k.l2());
    put(2, k.decay());
    put(3, k.oneMinusDecay());
    put(4, k.epsilonInside());
    put(5, k.epsilonOutside());
    put(6, k.shrink());
    put(7, k.outer());
    put(8, k.inner());
    put(9, k.momentum());
    put(10, k.ahead());
    put(11, k.along());
    held = k;
    return true;
  }
}
