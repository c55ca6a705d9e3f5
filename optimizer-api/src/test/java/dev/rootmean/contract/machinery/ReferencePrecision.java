package dev.rootmean.contract.machinery;

import dev.rootmean.DataType;
import dev.rootmean.Precision;
import dev.rootmean.Precision.Rounding;
import dev.rootmean.RmsProp;
import dev.rootmean.contract.ReferenceStep;

/**
 * The oracle of a step whose rows are stored in fewer bits than it computes in: all of them are
 * read exactly, stepped, and rounded once.
 */
public final class ReferencePrecision {
  private final Precision precision;
  private final DataType compute;
  private final ReferenceStep step;

  /**
   * Works out the coefficients.
   *
   * @param precision how the rows are stored and rounded
   * @param rule the rule to step by
   */
  public ReferencePrecision(Precision precision, RmsProp rule) {
    this.precision = precision;
    this.compute = precision.parameters().compute();
    this.step = new ReferenceStep(compute, rule);
  }

  /**
   * Steps all elements.
   *
   * @param attempt the step's number
   * @param place of the first element
   * @param p the parameters, updated
   * @param g the gradients
   * @param v the square average, updated
   * @param b the momentum, updated; null if the rule has none
   * @param m the gradient average, updated; null if the rule is not centered
   * @param r the remainder, updated; null if the precision has none
   */
  public void step(
      long attempt,
      long place,
      double[] p,
      double[] g,
      double[] v,
      double[] b,
      double[] m,
      double[] r) {
    for (int i = 0; r != null && i < r.length; i++) {
      p[i] = ReferenceRounding.joined(p[i], r[i]);
    }
    step.step(p, g, v, b, m);
    long key = ReferenceRounding.key(precision.seed(), attempt);
    for (int i = 0; r != null && i < r.length; i++) {
      r[i] = ReferenceRounding.low(p[i]);
      p[i] = ReferenceRounding.high(p[i]);
    }
    round(p, precision.parameters(), key, place, "p");
    round(v, precision.accumulators(), key, place, "v");
    round(b, precision.accumulators(), key, place, "b");
    round(m, precision.accumulators(), key, place, "m");
  }

  private void round(double[] row, DataType type, long key, long place, String name) {
    if (row == null || type == compute) {
      return;
    }
    for (int i = 0; i < row.length; i++) {
      row[i] =
          precision.rounding() == Rounding.RANDOM
              ? ReferenceRounding.round(type, row[i], ReferenceRounding.bits(key, place + i, name))
              : ReferenceRounding.nearest(type, row[i]);
    }
  }
}
