package dev.rootmean.cpu;

import dev.rootmean.DataType;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.spi.MemoryRange;

/** The sum that {@link GradientPolicy} defines, and what it decides; a unit is a chunk. */
final class SumOfSquares implements Workers.Task {
  private final DataType type;
  private final PageLoops loops;

  /** A unit of its own, since a decision that is half written must not be gone by. */
  private final Workers.Task deciding = (unit, worker) -> decide();

  // Of each thread, made before the first sum that it may have to do with.
  private final Object[] pageSums;
  private final Object[] lanes;
  private final Object[] rows;
  private MemoryRange<Object[]> grads;
  private MemoryRange<Object[]> decision;
  private GradientPolicy policy;
  private double sum;

  SumOfSquares(DataType type, int threads) {
    this.type = type;
    loops = PageLoops.of(type);
    pageSums = new Object[threads];
    lanes = new Object[threads];
    rows = new Object[threads];
  }

  /** Adds up the gradients and decides. */
  void measure(
      GradientPolicy policy,
      MemoryRange<Object[]> grads,
      MemoryRange<Object[]> decision,
      Workers workers) {
    this.policy = policy;
    this.grads = grads;
    this.decision = decision;
    int chunks = Math.toIntExact(GradientDecision.chunks(grads.length()));
    try {
      workers.run("measure", this, chunks, grads.length() / 4);
      sum = addRows(decision, GradientDecision.SUMS, chunks, false, 0);
      workers.run("measure", deciding, 1, 1);
    } finally {
      this.grads = null;
      this.decision = null;
    }
  }

  private void decide() {
    PolicyDecision.write(policy, sum, decision);
  }

  @Override
  public void prepare(int threads) {
    for (int worker = 0; worker < threads; worker++) {
      if (rows[worker] == null) {
        pageSums[worker] = Pages.array(type, Pages.SIZE + GradientDecision.LANES);
        lanes[worker] = Pages.array(type, GradientDecision.LANES);
        rows[worker] = Pages.array(type, GradientDecision.LANES);
      }
    }
  }

  /** The last chunks come first, so that the step after it finds the first ones in some cache. */
  @Override
  public void run(int unit, int worker) {
    long chunk = GradientDecision.chunks(grads.length()) - 1 - unit;
    long start = chunk * GradientDecision.CHUNK;
    int count = (int) Math.min(GradientDecision.CHUNK, grads.length() - start);
    long offset = grads.offset() + start;
    boolean isPage = count == Pages.SIZE && Pages.index(offset) == 0;
    double sum =
        isPage
            ? addPage(Pages.page(grads.memory(), offset), worker)
            : addRows(grads, start, count, true, worker);
    Pages.set(decision.memory(), decision.offset() + GradientDecision.SUMS + chunk, sum);
  }

  /** A chunk that is a page: the fast way. */
  private double addPage(Object page, int worker) {
    loops.addSquaresOfPage(page, pageSums[worker]); // whose first lanes are always zero
    System.arraycopy(pageSums[worker], Pages.SIZE, lanes[worker], 0, GradientDecision.LANES);
    loops.fold(lanes[worker]);
    return Pages.get(lanes[worker], 0);
  }

  /** Any other: rows are copied, since C2 vectorises only what has one index. */
  private double addRows(
      MemoryRange<Object[]> values, long start, int count, boolean squares, int worker) {
    Object sums = lanes[worker];
    Object row = rows[worker];
    Pages.clear(sums, 0, GradientDecision.LANES);
    for (int i = 0; i < count; i += GradientDecision.LANES) {
      int width = Math.min(GradientDecision.LANES, count - i);
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
