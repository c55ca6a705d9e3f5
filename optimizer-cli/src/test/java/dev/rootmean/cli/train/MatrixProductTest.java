package dev.rootmean.cli.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatrixProductTest {
  private static final int OFFSET = 3;

  private final Random random = new Random(1);

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "2, 7, 5", "3, 8, 33", "4, 9, 1", "2, 16, 100", "5, 37, 18"})
  void everyElementAddsItsTermsInTheirOrder(int rows, int terms, int columns) {
    MatrixProduct product = new MatrixProduct(columns + 2);
    for (boolean leftIsTransposed : new boolean[] {false, true}) {
      for (boolean rightIsTransposed : new boolean[] {false, true}) {
        Matrix left = matrix(rows, terms, leftIsTransposed);
        Matrix right = matrix(terms, columns, rightIsTransposed);
        Matrix sum = matrix(rows, columns, false);
        float[] expected = sum.values().clone();
        for (int row = 0; row < rows; row++) {
          for (int column = 0; column < columns; column++) {
            for (int k = 0; k < terms; k++) {
              expected[OFFSET + row * columns + column] += left.get(row, k) * right.get(k, column);
            }
          }
        }
        product.add(left, right, sum);
        assertArrayEquals(expected, sum.values());
      }
    }
  }

  private Matrix matrix(int rows, int columns, boolean transposed) {
    float[] values = new float[OFFSET + rows * columns + 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return transposed
        ? new Matrix(values, OFFSET, columns, rows).transposed()
        : new Matrix(values, OFFSET, rows, columns);
  }
}
