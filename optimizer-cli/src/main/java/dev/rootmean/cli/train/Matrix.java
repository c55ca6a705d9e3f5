package dev.rootmean.cli.train;

/** A matrix within an array of floats. */
final class Matrix {
  private final float[] values;
  private final int offset;
  private final int rows;
  private final int columns;

  /** How far an element is from the one below it. */
  private final int rowStride;

  /** How far an element is from the one to its right. */
  private final int columnStride;

  /** One whose rows lie one behind another. */
  Matrix(float[] values, int offset, int rows, int columns) {
    this(values, offset, rows, columns, columns, 1);
  }

  private Matrix(
      float[] values, int offset, int rows, int columns, int rowStride, int columnStride) {
    this.values = values;
    this.offset = offset;
    this.rows = rows;
    this.columns = columns;
    this.rowStride = rowStride;
    this.columnStride = columnStride;
  }

  Matrix transposed() {
    return new Matrix(values, offset, columns, rows, columnStride, rowStride);
  }

  int rows() {
    return rows;
  }

  int columns() {
    return columns;
  }

  float[] values() {
    return values;
  }

  /** Where a row begins. */
  int row(int row) {
    return offset + row * rowStride;
  }

  /** An element; beyond the last row or column, 0. */
  float get(int row, int column) {
    return row < rows && column < columns ? values[row(row) + column * columnStride] : 0;
  }
}
