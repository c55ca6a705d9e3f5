package dev.rootmean.contract.machinery;

import dev.rootmean.contract.TypedArray;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;

/** What a {@link dev.rootmean.contract.ScalarDevice} does with rows of tables. */
public class ScalarRows {
  /**
   * Steps the rows of a table that have gradients.
   *
   * @param step steps a row
   * @param kernel a step of rows
   * @param k its coefficients
   * @param rows its rows
   */
  public final void step(ScalarStep step, Kernel kernel, Numbers k, Rows<TypedArray> rows) {
    int width = rows.width();
    for (int i = 0; i < rows.length(); i++) {
      int first = first(whole(kernel, rows, "a", i), width);
      int gradients = whole(kernel, rows, "o", i) * width;
      step.run(kernel, k, rows, first, gradients, width);
    }
  }

  /**
   * Sums the gradients of each run, from the first to the last.
   *
   * @param kernel tells the type to compute in
   * @param rows its rows
   */
  public final void merge(Kernel kernel, Rows<TypedArray> rows) {
    int width = rows.width();
    int g = kernel.row("g");
    int s = kernel.row("s");
    for (int i = 0; i < rows.length(); i++) {
      int from = whole(kernel, rows, "f", i);
      int end = whole(kernel, rows, "f", i + 1);
      for (int c = 0; c < width; c++) {
        double sum = 0;
        for (int j = from; j < end; j++) {
          int at = whole(kernel, rows, "o", addend(from, end, j)) * width + c;
          double x = rows.memory(g).get((int) rows.offset(g) + at);
          sum = j == from ? x : sum(kernel, sum, x);
        }
        rows.memory(s).set((int) rows.offset(s) + i * width + c, sum);
      }
    }
  }

  private static int whole(Kernel kernel, Rows<TypedArray> rows, String name, int i) {
    int row = kernel.row(name);
    return (int) rows.memory(row).get((int) rows.offset(row) + i);
  }

  /** Which of a run comes next. */
  int addend(int from, int end, int i) {
    return i;
  }

  double sum(Kernel kernel, double sum, double x) {
    return kernel.compute().round(sum + x);
  }

  /** The first element of a row of the table. */
  int first(int row, int width) {
    return row * width;
  }
}
