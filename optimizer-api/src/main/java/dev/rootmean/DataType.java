package dev.rootmean;

/** The type of a buffer's elements; all arithmetic of a step is done in it. */
public enum DataType {
  /** IEEE 754 binary32, a Java {@code float}. */
  FLOAT32(Float.BYTES),
  /** IEEE 754 binary64, a Java {@code double}. */
  FLOAT64(Double.BYTES);

  private final int bytes;

  DataType(int bytes) {
    this.bytes = bytes;
  }

  /**
   * The size of one element.
   *
   * @return the size in bytes
   */
  public int bytes() {
    return bytes;
  }

  /**
   * Rounds to this type.
   *
   * @param x any number
   * @return the nearest number that this type has, ties to even
   */
  public double round(double x) {
    return this == FLOAT32 ? (float) x : x;
  }
}
