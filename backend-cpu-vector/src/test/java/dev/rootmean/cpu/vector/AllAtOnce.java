package dev.rootmean.cpu.vector;

import dev.rootmean.cpu.ForeignSteps;

/** Steps all of the longest vectors, compiled or not, and counts the elements. */
public final class AllAtOnce implements ForeignSteps {
  /** A multiple of what any processor has in a vector. */
  private static final int LONGEST = 64;

  private int stepped;

  @Override
  public int step(
      float[] k, long params, long grads, float[] v, float[] b, float[] m, int from, int count) {
    int whole = count / LONGEST * LONGEST;
    FloatVectorStep.loop(k, params, grads, v, b, m, from, whole);
    stepped += whole;
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
    DoubleVectorStep.loop(k, params, grads, v, b, m, from, whole);
    stepped += whole;
    return whole;
  }

  /** How many elements so far. */
  public int stepped() {
    return stepped;
  }
}
