package dev.rootmean.cpu;

import dev.rootmean.DataType;
import dev.rootmean.GradientControl;
import dev.rootmean.spi.MemoryRange;
import java.util.Arrays;

/** The sum that {@link dev.rootmean.GradientPolicy} defines; a unit is a chunk. */
final class SumOfSquares implements Workers.Task {
  private final PageLoops loops;
  private final Object[] pageSums;
  private final Object[] lanes;
  private final Object[] rows;
  private MemoryRange<Object[]> grads;
  private MemoryRange<Object[]> control;

  SumOfSquares(DataType type, int threads) {
    loops = PageLoops.of(type);
    pageSums = new Object[threads];
    lanes = new Object[threads];
    rows = new Object[threads];
    Arrays.setAll(pageSums, i -> Pages.array(type, Pages.SIZE + GradientControl.LANES));
    Arrays.setAll(lanes, i -> Pages.array(type, GradientControl.LANES));
    Arrays.setAll(rows, i -> Pages.array(type, GradientControl.LANES));
  }

  /** Adds up the gradients. */
  double of(MemoryRange<Object[]> grads, MemoryRange<Object[]> control, Workers workers) {
    this.grads = grads;
    this.control = control;
    int chunks = Math.toIntExact(GradientControl.chunks(grads.length()));
    workers.run(this, chunks);
    double sum = addRows(control, GradientControl.SUMS, chunks, false, 0);
    this.grads = null;
    this.control = null;
    return sum;
  }

  /** The last chunks come first, so that the step after it finds the first ones in some cache. */
  @Override
  public void run(int unit, int worker) {
    long chunk = GradientControl.chunks(grads.length()) - 1 - unit;
    long start = chunk * GradientControl.CHUNK;
    int count = (int) Math.min(GradientControl.CHUNK, grads.length() - start);
    long offset = grads.offset() + start;
    boolean isPage = count == Pages.SIZE && Pages.index(offset) == 0;
    double sum =
        isPage
            ? addPage(Pages.page(grads.memory(), offset), worker)
            : addRows(grads, start, count, true, worker);
    Pages.set(control.memory(), control.offset() + GradientControl.SUMS + chunk, sum);
  }

  /** A chunk that is a page: the fast way. */
  private double addPage(Object page, int worker) {
    loops.addSquaresOfPage(page, pageSums[worker]); // whose first lanes are always zero
    System.arraycopy(pageSums[worker], Pages.SIZE, lanes[worker], 0, GradientControl.LANES);
    loops.fold(lanes[worker]);
    return Pages.get(lanes[worker], 0);
  }

  /** Any other: rows are copied, since C2 vectorises only what has one index. */
  private double addRows(
      MemoryRange<Object[]> values, long start, int count, boolean squares, int worker) {
    Object sums = lanes[worker];
    Object row = rows[worker];
    Pages.clear(sums, 0, GradientControl.LANES);
    for (int i = 0; i < count; i += GradientControl.LANES) {
      int width = Math.min(GradientControl.LANES, count - i);
      Pages.gather(values.memory(), values.offset() + start + i, row, width);
      if (squares) {
        loops.addSquares(row, sums, width);
      } else {
        loops.add(row, 0, sums, 0, width);
      }
    }
    loops.fold(sums);
    return Pages.get(sums, 0);
  }
}
