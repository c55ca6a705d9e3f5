package dev.rootmean.cpu;

import dev.rootmean.DataType;
import dev.rootmean.GradientControl;
import dev.rootmean.spi.BackendBuffer;
import java.util.Arrays;

/**
 * The sum that {@link dev.rootmean.GradientPolicy} defines; a unit is a chunk. The rows of a chunk
 * are copied before they are added to the lanes, since C2 vectorises only what has one index.
 */
final class SumOfSquares implements Workers.Task {
  private final PageLoops loops;
  private final Object[] lanes;
  private final Object[] rows;
  private BackendBuffer<Object[]> grads;
  private BackendBuffer<Object[]> control;

  SumOfSquares(DataType type, int threads) {
    loops = PageLoops.of(type);
    lanes = new Object[threads];
    rows = new Object[threads];
    Arrays.setAll(lanes, i -> Pages.array(type, GradientControl.LANES));
    Arrays.setAll(rows, i -> Pages.array(type, GradientControl.LANES));
  }

  /** Adds up the gradients. */
  double of(BackendBuffer<Object[]> grads, BackendBuffer<Object[]> control, Workers workers) {
    this.grads = grads;
    this.control = control;
    int chunks = Math.toIntExact(GradientControl.chunks(grads.length()));
    workers.run(this, chunks);
    double sum = addRows(control, GradientControl.SUMS, chunks, false, 0);
    this.grads = null;
    this.control = null;
    return sum;
  }

  @Override
  public void run(int chunk, int worker) {
    long start = (long) chunk * GradientControl.CHUNK;
    int count = (int) Math.min(GradientControl.CHUNK, grads.length() - start);
    double sum = addRows(grads, start, count, true, worker);
    Pages.set(control.memory(), control.offset() + GradientControl.SUMS + chunk, sum);
  }

  private double addRows(
      BackendBuffer<Object[]> values, long start, int count, boolean squares, int worker) {
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
    loops.fold(sums, GradientControl.LANES);
    return Pages.get(sums, 0);
  }
}
