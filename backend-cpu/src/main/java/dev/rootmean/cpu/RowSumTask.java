package dev.rootmean.cpu;

import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;

/**
 * Sums runs of rows of gradients. Each row is copied to an array before it is added: C2 vectorises
 * a loop whose arrays have one index, and an array's copy takes less than what that brings.
 */
final class RowSumTask extends RowTask {
  private final RowLoops loops;
  private final int gradients;
  private final int order;
  private final int starts;
  private final int sums;

  /** Of each thread, a sum and what is added to it. */
  private final Object[][] arrays;

  private final Kernel kernel;
  private Rows<CpuMemory> rows;
  private int width;

  /** Rows of a unit. */
  private long unit;

  RowSumTask(Kernel kernel, int threads) {
    this.kernel = kernel;
    loops = RowLoops.of(kernel.compute());
    gradients = kernel.row("g");
    order = kernel.row("o");
    starts = kernel.row("f");
    sums = kernel.row("s");
    arrays = new Object[threads][];
  }

  @Override
  int set(Numbers numbers, Rows<CpuMemory> rows) {
    this.rows = rows;
    width = rows.width();
    unit = Math.max(1, Cut.unit(rows.length() * width, 1, arrays.length) / width);
    return Math.toIntExact((rows.length() - 1) / unit + 1);
  }

  @Override
  long work() {
    long summed = whole(rows, starts, rows.length()) - (long) whole(rows, starts, 0);
    return summed * width / 4;
  }

  @Override
  public void prepare(int threads) {
    for (int worker = 0; worker < threads; worker++) {
      if (arrays[worker] == null) {
        arrays[worker] =
            new Object[] {
              Pages.array(kernel.compute(), STAGED), Pages.array(kernel.compute(), STAGED)
            };
      }
    }
  }

  @Override
  public void run(int number, int worker) {
    long end = Math.min(rows.length(), (number + 1L) * unit);
    for (long row = number * unit; row < end; row++) {
      int from = whole(rows, starts, row);
      int behind = whole(rows, starts, row + 1);
      for (int column = 0; column < width; column += STAGED) {
        int count = Math.min(STAGED, width - column);
        sum(from, behind, column, count, arrays[worker][0], arrays[worker][1]);
        long to = rows.offset(sums) + row * width + column;
        rows.memory(sums).scatter(arrays[worker][0], 0, to, count);
      }
    }
  }

  private void sum(int from, int behind, int column, int count, Object sum, Object added) {
    gather(from, column, count, sum);
    for (int i = from + 1; i < behind; i++) {
      gather(i, column, count, added);
      loops.add(sum, added, count);
    }
  }

  private void gather(int place, int column, int count, Object target) {
    long at = (long) whole(rows, order, place) * width + column;
    rows.memory(gradients).gather(rows.offset(gradients) + at, target, 0, count);
  }
}
