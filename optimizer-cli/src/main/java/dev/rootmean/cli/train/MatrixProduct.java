package dev.rootmean.cli.train;

/**
 * Adds products of matrices. Each element's terms are added one by one, from the first to the last,
 * and none is fused with its product: every machine gives the same bits, whether or not its
 * processor can fuse.
 */
final class MatrixProduct {
  private static final int TERMS = 8;

  private final float[][] terms;
  private final float[] sums;

  /**
   * Makes the working memory.
   *
   * @param columns the most that a sum has
   */
  MatrixProduct(int columns) {
    terms = new float[TERMS][columns];
    sums = new float[columns];
  }

  /**
   * Adds {@code left} times {@code right} to {@code sum}.
   *
   * @param left as many rows as {@code sum}
   * @param right as many columns as {@code sum}, and as many rows as {@code left} has columns
   * @param sum not transposed
   */
  void add(Matrix left, Matrix right, Matrix sum) {
    int columns = sum.columns();
    for (int k = 0; k < left.columns(); k += TERMS) {
      for (int i = 0; i < TERMS; i++) {
        for (int column = 0; column < columns; column++) {
          terms[i][column] = right.get(k + i, column);
        }
      }
      for (int row = 0; row < sum.rows(); row++) {
        int start = sum.row(row);
        System.arraycopy(sum.values(), start, sums, 0, columns);
        addTerms(left, row, k, columns);
        System.arraycopy(sums, 0, sum.values(), start, columns);
      }
    }
  }

  /** C2 makes vector instructions of this, since every array has the same index. */
  private void addTerms(Matrix left, int row, int k, int columns) {
    float[] s = sums;
    float[] t0 = terms[0], t1 = terms[1], t2 = terms[2], t3 = terms[3];
    float[] t4 = terms[4], t5 = terms[5], t6 = terms[6], t7 = terms[7];
    float f0 = left.get(row, k), f1 = left.get(row, k + 1), f2 = left.get(row, k + 2);
    float f3 = left.get(row, k + 3), f4 = left.get(row, k + 4), f5 = left.get(row, k + 5);
    float f6 = left.get(row, k + 6), f7 = left.get(row, k + 7);
    for (int i = 0; i < columns; i++) {
      float sum = s[i] + f0 * t0[i] + f1 * t1[i] + f2 * t2[i] + f3 * t3[i];
      s[i] = sum + f4 * t4[i] + f5 * t5[i] + f6 * t6[i] + f7 * t7[i];
    }
  }
}
