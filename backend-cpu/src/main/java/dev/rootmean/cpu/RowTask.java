package dev.rootmean.cpu;

import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;

/** A launch of rows of a table, whose kernel says by places which they are. */
abstract class RowTask implements Workers.Task {
  /** Elements that a thread has in arrays at a time. */
  static final int STAGED = 2_048;

  /** Makes the task of a kernel, for one launch at a time. */
  static RowTask of(Kernel kernel, int threads) {
    return switch (kernel.text()) {
      case "step_rows" -> new RowStepTask(kernel, threads);
      case "merge_rows" -> new RowSumTask(kernel, threads);
      default -> throw new IllegalArgumentException(kernel + ": the CPU has no loops for it");
    };
  }

  /** Takes the arguments of a launch; how many units it has, 0 if there is nothing to do. */
  abstract int set(Numbers numbers, Rows<CpuMemory> rows);

  /** How much the launch is, in elements of a step. */
  abstract long work();

  /** A whole number of a row that has such. */
  static int whole(Rows<CpuMemory> rows, int row, long at) {
    long element = rows.offset(row) + at;
    return ((int[]) rows.memory(row).page(element))[Pages.index(element)];
  }
}
