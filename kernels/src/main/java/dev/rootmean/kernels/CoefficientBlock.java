package dev.rootmean.kernels;

import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The coefficients as the kernel's struct holds them, each rounded once to the compute type, in
 * memory that a native call can read. Changing them allocates nothing.
 */
public final class CoefficientBlock {
  private static final int COUNT = 12;

  private final DataType type;
  private final ByteBuffer bytes;
  private Coefficients held;

  /**
   * A block of zeros.
   *
   * @param type the compute type
   */
  public CoefficientBlock(DataType type) {
    this.type = type;
    this.bytes = ByteBuffer.allocateDirect(COUNT * type.bytes()).order(ByteOrder.nativeOrder());
  }

  /**
   * The block itself, for a native call to read.
   *
   * @return a direct buffer from whose start to whose end the struct is
   */
  public ByteBuffer bytes() {
    return bytes;
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

  private void put(int index, double value) {
    switch (type) {
      case FLOAT32 -> bytes.putFloat(index * Float.BYTES, (float) value);
      case FLOAT64 -> bytes.putDouble(index * Double.BYTES, value);
    }
  }
}
