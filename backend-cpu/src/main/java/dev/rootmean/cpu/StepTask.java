package dev.rootmean.cpu;

import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.spi.MemoryRange;

/**
 * One step in one type, cut into units that threads can share. Made once and set anew for each
 * step, so that a step allocates nothing.
 */
final class StepTask implements Workers.Task {
  /** Under this many elements a second thread costs more than it brings. */
  private static final int ALONE = 8_192;

  /** Fewer elements in a unit are not worth the waking of a thread for it. */
  private static final int LEAST = 4_096;

  /** From this many units a thread on, whole pages share well enough. */
  private static final int MANY = 8;

  /** Elements that are likely in some cache between two steps, and are not beyond. */
  private static final int CACHED = 1 << 20;

  /**
   * What the two loops of momentum with centering take in turn where memory is what limits: few
   * enough elements that the second loop finds them in L1.
   */
  private static final int BLOCK = 1_024;

  /** The same in a cache, where the start of a loop counts: it costs some twenty elements. */
  private static final int CACHED_BLOCK = 8_192;

  /** Elements that are staged at a time: six arrays of them are less than a page. */
  private static final int STAGED = 2_048;

  // Of each thread, made before the first step that it may have to do with.
  private final Object[] scratchPages;
  private final Object[] clippedPages;
  private final Object[][] stages;

  private final DataType type;
  private final PageLoops loops;
  private Coefficients coefficients;
  private double factor;
  private double bound;

  /** What the loops multiply gradients by: 1 if clipping has done it before them. */
  private double scaleOfLoops;

  private MemoryRange<Object[]> p;
  private MemoryRange<Object[]> g;
  private MemoryRange<Object[]> v;
  private MemoryRange<Object[]> b;
  private MemoryRange<Object[]> m;
  private boolean aligned;
  private int unit;

  StepTask(DataType type, int threads) {
    this.type = type;
    loops = PageLoops.of(type);
    scratchPages = new Object[threads];
    clippedPages = new Object[threads];
    stages = new Object[threads][];
  }

  /** Takes what gradients are multiplied by, and then limited to, in the steps to come. */
  void scale(double factor, double bound) {
    this.factor = factor;
    this.bound = bound;
  }

  /** Takes the arguments of a step; how many units it has. */
  @SuppressWarnings("ReferenceEquality") // the same rule comes with the same coefficients
  int set(
      Coefficients k,
      MemoryRange<Object[]> p,
      MemoryRange<Object[]> g,
      MemoryRange<Object[]> v,
      MemoryRange<Object[]> b,
      MemoryRange<Object[]> m) {
    double scale = clips() ? 1 : factor;
    if (k != coefficients || scale != scaleOfLoops) {
      coefficients = null; // until all are set: at the end of the stack that may fail
      loops.set(k, scale);
      coefficients = k;
      scaleOfLoops = scale;
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
    unit = unit(p.length(), stages.length);
    return Math.toIntExact((p.length() + unit - 1) / unit);
  }

  @Override
  public void prepare(int threads) {
    for (int worker = 0; worker < threads; worker++) {
      if (aligned && b != null && m != null && scratchPages[worker] == null) {
        scratchPages[worker] = Pages.array(type, Pages.SIZE);
      }
      if (aligned && clips() && clippedPages[worker] == null) {
        clippedPages[worker] = Pages.array(type, Pages.SIZE);
      }
      if (!aligned && stages[worker] == null) {
        Object[] stage = new Object[6];
        for (int i = 0; i < stage.length; i++) {
          stage[i] = Pages.array(type, STAGED);
        }
        stages[worker] = stage;
      }
    }
  }

  /** As many units for each thread, of whole vectors, and of whole pages if there are many. */
  static int unit(long length, int threads) {
    long unitsAThread = (length - 1) / ((long) threads * Pages.SIZE) + 1;
    if (length < ALONE || threads == 1 || unitsAThread >= MANY) {
      return Pages.SIZE;
    }
    return Math.max(LEAST, (int) (length / (unitsAThread * threads) / 64 + 1) * 64);
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
    long end = Math.min(p.length(), (long) (unitIndex + 1) * unit);
    int count;
    for (long i = (long) unitIndex * unit; i < end; i += count) {
      if (aligned) {
        count = (int) Math.min(end - i, Pages.SIZE - Pages.index(p.offset() + i));
        stepInPlace(i, count, worker);
      } else {
        count = (int) Math.min(end - i, STAGED);
        stepStaged(i, count, worker);
      }
    }
  }

  private void stepInPlace(long from, int count, int worker) {
    int lo = Pages.index(p.offset() + from);
    int block = p.length() <= CACHED ? CACHED_BLOCK : BLOCK;
    if (!clips()) {
      stepPage(page(g, from), from, lo, lo + count, block, worker);
      return;
    }
    Object clipped = clippedPages[worker];
    for (int i = lo; i < lo + count; i += block) {
      int end = Math.min(i + block, lo + count);
      loops.clip(page(g, from), clipped, factor, bound, i, end);
      stepPage(clipped, from, i, end, block, worker);
    }
  }

  private void stepPage(Object grads, long from, int lo, int hi, int block, int worker) {
    loops.step(
        page(p, from),
        grads,
        page(v, from),
        page(b, from),
        page(m, from),
        scratchPages[worker],
        lo,
        hi,
        block);
  }

  private boolean clips() {
    return bound != Double.POSITIVE_INFINITY;
  }

  private static Object page(MemoryRange<Object[]> buffer, long element) {
    return buffer == null ? null : Pages.page(buffer.memory(), buffer.offset() + element);
  }

  /** C2 vectorises only what has one index: slices that start at different ones are copied. */
  private void stepStaged(long from, int count, int worker) {
    Object[] s = stages[worker];
    gather(p, from, s[0], count);
    gather(g, from, s[1], count);
    gather(v, from, s[2], count);
    gather(b, from, s[3], count);
    gather(m, from, s[4], count);
    if (clips()) {
      loops.clip(s[1], s[1], factor, bound, 0, count);
    }
    loops.step(
        s[0], s[1], s[2], b == null ? null : s[3], m == null ? null : s[4], s[5], 0, count, STAGED);
    scatter(s[0], p, from, count);
    scatter(s[2], v, from, count);
    scatter(s[3], b, from, count);
    scatter(s[4], m, from, count);
  }

  private static void gather(MemoryRange<Object[]> source, long from, Object target, int count) {
    if (source != null) {
      Pages.gather(source.memory(), source.offset() + from, target, count);
    }
  }

  private static void scatter(Object source, MemoryRange<Object[]> target, long from, int count) {
    if (target != null) {
      Pages.scatter(source, target.memory(), target.offset() + from, count);
    }
  }
}
