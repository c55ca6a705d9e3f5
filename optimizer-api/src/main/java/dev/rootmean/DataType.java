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

  /**
   * Refuses a setting that is above 0 and would be 0 in this type: who sets one means it to act.
   *
   * @param name what it is called
   * @param value the setting
   * @throws IllegalArgumentException if it would be 0, naming it and the least that would not
   */
  void requireNotLost(String name, double value) {
    if (value > 0 && round(value) == 0) {
      throw new IllegalArgumentException(
          name + " " + value + " is 0 in " + this + ": expected at least " + Float.MIN_VALUE);
    }
  }
}
