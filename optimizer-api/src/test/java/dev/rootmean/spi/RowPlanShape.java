package dev.rootmean.spi;

import java.util.Arrays;
import java.util.SplittableRandom;

/** What numbers of rows may be like, as far as a plan may treat them in its own way. */
enum RowPlanShape {
  ANY,
  SOME_ROWS,
  ONE_ROW,
  ONE_ROW_BUT_THE_LAST,
  MOST_OF_ONE_ROW,
  FOUR_IN_A_ROW,
  EACH_ONCE,
  ASCENDING,
  ASCENDING_BUT_THE_FIRST,
  ASCENDING_BUT_THE_LAST,
  DESCENDING,
  TWICE_ASCENDING,
  LOW_BITS_ALIKE,
  MIDDLE_BITS_ALIKE,
  HIGH_BITS_ALIKE;

  private static final int PRIME = 999_983;

  /** As many numbers of a table of some rows. */
  int[] numbers(int rows, int count, SplittableRandom random) {
    int[] any = random.ints(count, 0, rows).toArray();
    int[] numbers = any.clone();
    switch (this) {
      case ANY -> {}
      case SOME_ROWS -> Arrays.setAll(numbers, i -> any[i % Math.min(count, 40)]);
      case ONE_ROW -> Arrays.fill(numbers, any[0]);
      case ONE_ROW_BUT_THE_LAST -> Arrays.setAll(numbers, i -> i < count - 1 ? any[0] : any[0] / 2);
      case MOST_OF_ONE_ROW -> Arrays.setAll(numbers, i -> i % 9 == 8 ? any[i] : any[0]);
      case FOUR_IN_A_ROW -> Arrays.setAll(numbers, i -> any[i / 4]);
      case EACH_ONCE -> Arrays.setAll(numbers, i -> (int) ((any[0] + (long) i * PRIME) % rows));
      case ASCENDING -> Arrays.sort(numbers);
      case ASCENDING_BUT_THE_FIRST -> Arrays.sort(numbers, 1, count);
      case ASCENDING_BUT_THE_LAST -> Arrays.sort(numbers, 0, count - 1);
      case DESCENDING -> {
        Arrays.sort(any);
        Arrays.setAll(numbers, i -> any[count - 1 - i]);
      }
      case TWICE_ASCENDING -> {
        Arrays.sort(numbers, 0, count / 2);
        Arrays.sort(numbers, count / 2, count);
      }
      case LOW_BITS_ALIKE -> Arrays.setAll(numbers, i -> any[i] & -4_096);
      case MIDDLE_BITS_ALIKE -> Arrays.setAll(numbers, i -> any[i] & 0xfff000ff);
      case HIGH_BITS_ALIKE -> Arrays.setAll(numbers, i -> rows - 1 - any[i] % Math.min(rows, 700));
    }
    return numbers;
  }
}
