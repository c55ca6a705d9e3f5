package dev.rootmean.spi;

import dev.rootmean.DataType;
import java.nio.ByteBuffer;

/**
 * The numbers of a {@link Kernel}, each rounded once to its compute type. They never change, so a
 * device that has seen them compares references. They are on the Java heap, since a schedule makes
 * new ones for each step.
 *
 * @since 0.1.0
 */
public final class Numbers {
  /** Those of a kernel that takes none. */
  static final Numbers NONE = new Numbers(DataType.FLOAT32);

  private final DataType compute;
  private final double[] values;

  Numbers(DataType compute, double... values) {
    this.compute = compute;
    this.values = values;
    for (int i = 0; i < values.length; i++) {
      values[i] = compute.round(values[i]);
    }
  }

  /**
   * One of them.
   *
   * @param index its place in {@link Kernel#numbers()}
   * @return a number that the compute type has
   */
  public double get(int index) {
    return values[index];
  }

  /**
   * Writes them one behind another, as a kernel's struct has them.
   *
   * @param struct where to, from its first byte on
   */
  public void put(ByteBuffer struct) {
    for (int i = 0; i < values.length; i++) {
      compute.put(struct, i * compute.bytes(), values[i]);
    }
  }
}
