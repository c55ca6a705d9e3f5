package dev.rootmean.cli.train.opencl;

/**
 * A matrix of floats in a session's memory.
 *
 * @param memory where it lies, row behind row
 * @param first its first element
 * @param rows of what lies there
 * @param columns of what lies there
 * @param isTransposed whether it is meant with rows for columns
 */
public record DeviceMatrix(
    DeviceMemory memory, int first, int rows, int columns, boolean isTransposed) {
  /**
   * A matrix as it lies there.
   *
   * @param memory where it lies, row behind row
   * @param first its first element
   * @param rows how many
   * @param columns how many
   */
  public DeviceMatrix(DeviceMemory memory, int first, int rows, int columns) {
    this(memory, first, rows, columns, false);
  }

  /** {@return the same elements, with rows for columns} */
  public DeviceMatrix transposed() {
    return new DeviceMatrix(memory, first, rows, columns, !isTransposed);
  }
}
