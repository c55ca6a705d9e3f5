package dev.rootmean.cpu;

import dev.rootmean.Coefficients;
import dev.rootmean.spi.BackendBuffer;

/**
 * One step, cut into units that threads can share. Made once and set anew for each step, so that a
 * step allocates nothing.
 */
final class StepTask implements Workers.Task {
  /** A unit of a short step; a long one's is a page. */
  private static final int SHORT_UNIT = 4_096;

  /** Elements that are staged at a time: six arrays of them are less than a page. */
  private static final int STAGED = 2_048;

  // Of each thread, made when it first needs it.
  private final float[][] scratchPages;
  private final float[][][] stages;

  private Coefficients coefficients;
  private StepLoops loops;
  private BackendBuffer<float[][]> p;
  private BackendBuffer<float[][]> g;
  private BackendBuffer<float[][]> v;
  private BackendBuffer<float[][]> b;
  private BackendBuffer<float[][]> m;
  private boolean aligned;
  private int unit;

  StepTask(int threads) {
    scratchPages = new float[threads][];
    stages = new float[threads][][];
  }

  /** Takes the arguments of a step; how many units it has. */
  @SuppressWarnings("ReferenceEquality") // the same rule comes with the same coefficients
  int set(
      Coefficients k,
      BackendBuffer<float[][]> p,
      BackendBuffer<float[][]> g,
      BackendBuffer<float[][]> v,
      BackendBuffer<float[][]> b,
      BackendBuffer<float[][]> m) {
    if (k != coefficients) {
      coefficients = k;
      loops = new StepLoops(k);
    }
    this.p = p;
    this.g = g;
    this.v = v;
    this.b = b;
    this.m = m;
    int index = Pages.index(p.offset());
    aligned =
        index == Pages.index(g.offset())
            && index == Pages.index(v.offset())
            && (b == null || index == Pages.index(b.offset()))
            && (m == null || index == Pages.index(m.offset()));
    unit = p.length() < 8 * Pages.SIZE ? SHORT_UNIT : Pages.SIZE;
    return Math.toIntExact((p.length() + index % unit + unit - 1) / unit);
  }

  /** Drops the buffers, which would otherwise live until the next step. */
  void clear() {
    p = null;
    g = null;
    v = null;
    b = null;
    m = null;
  }

  @Override
  public void run(int unitIndex, int worker) {
    // Units end where a page of the parameters does.
    long shift = p.offset() % unit;
    long from = Math.max(0, (long) unitIndex * unit - shift);
    long to = Math.min(p.length(), (long) (unitIndex + 1) * unit - shift);
    boolean cached = p.length() <= Pages.SIZE;
    if (aligned) {
      if (b != null && m != null && scratchPages[worker] == null) {
        scratchPages[worker] = new float[Pages.SIZE];
      }
      int lo = Pages.index(p.offset() + from);
      loops.step(
          page(p, from),
          page(g, from),
          page(v, from),
          page(b, from),
          page(m, from),
          scratchPages[worker],
          lo,
          lo + (int) (to - from),
          cached);
    } else {
      if (stages[worker] == null) {
        stages[worker] = new float[6][STAGED];
      }
      for (long i = from; i < to; i += STAGED) {
        stepStaged(stages[worker], i, (int) Math.min(STAGED, to - i));
      }
    }
  }

  private static float[] page(BackendBuffer<float[][]> buffer, long element) {
    return buffer == null ? null : Pages.page(buffer.memory(), buffer.offset() + element);
  }

  /** C2 vectorises only what has one index: slices that start at different ones are copied. */
  private void stepStaged(float[][] s, long from, int count) {
    gather(p, from, s[0], count);
    gather(g, from, s[1], count);
    gather(v, from, s[2], count);
    gather(b, from, s[3], count);
    gather(m, from, s[4], count);
    loops.step(
        s[0], s[1], s[2], b == null ? null : s[3], m == null ? null : s[4], s[5], 0, count, true);
    scatter(s[0], p, from, count);
    scatter(s[2], v, from, count);
    scatter(s[3], b, from, count);
    scatter(s[4], m, from, count);
  }

  private static void gather(
      BackendBuffer<float[][]> source, long from, float[] target, int count) {
    if (source != null) {
      Pages.gather(source.memory(), source.offset() + from, target, count);
    }
  }

  private static void scatter(
      float[] source, BackendBuffer<float[][]> target, long from, int count) {
    if (target != null) {
      Pages.scatter(source, target.memory(), target.offset() + from, count);
    }
  }
}
