package dev.rootmean.cpu.vector;

import dev.rootmean.cpu.ForeignSteps;
import java.util.concurrent.atomic.AtomicLong;

/** Steps all of the longest vectors, compiled or not, and counts the elements. */
public final class AllAtOnce implements ForeignSteps {
  /** A multiple of what any processor has in a vector. */
  private static final int LONGEST = 64;

  private final AtomicLong stepped = new AtomicLong();

  @Override
  public int step(
      float[] k, long params, long grads, float[] v, float[] b, float[] m, int from, int count) {
    int whole = count / LONGEST * LONGEST;
    if (whole > 0) { // as in the step itself, which C2 has seen do nothing else
      FloatVectorStep.run(k, params, grads, v, b, m, from, whole);
    }
    stepped.addAndGet(whole);
    return whole;
  }

  @Override
  public int step(
      double[] k,
      long params,
      long grads,
      double[] v,
      double[] b,
      double[] m,
      int from,
      int count) {
    int whole = count / LONGEST * LONGEST;
    if (whole > 0) {
      DoubleVectorStep.run(k, params, grads, v, b, m, from, whole);
    }
    stepped.addAndGet(whole);
    return whole;
  }

  /** How many elements so far. */
  public long stepped() {
    return stepped.get();
  }
}
