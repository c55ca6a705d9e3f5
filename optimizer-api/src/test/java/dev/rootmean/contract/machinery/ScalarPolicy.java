package dev.rootmean.contract.machinery;

import dev.rootmean.DataType;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.spi.DecisionField;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import java.util.Arrays;

/**
 * What a {@link dev.rootmean.contract.ScalarDevice} does for a policy: the sums of squares, and the
 * decision.
 */
public class ScalarPolicy {
  private final double[] lanes = new double[Kernel.LANES];
  private double[] values = new double[Kernel.CHUNK]; // kept, since a step is to make no garbage
  private DataType type;

  private double round(double x) {
    return type.round(x);
  }

  /**
   * Sums the squares of each chunk of gradients.
   *
   * @param kernel tells the type to compute in
   * @param rows the gradients, and the sums
   */
  public final void sumSquares(Kernel kernel, Rows<TypedArray> rows) {
    type = kernel.compute();
    int length = (int) rows.length();
    for (int first = 0; first < length; first += Kernel.CHUNK) {
      int count = Math.min(Kernel.CHUNK, length - first);
      for (int i = 0; i < count; i++) {
        double g = rows.memory(0).get((int) rows.offset(0) + first + i);
        values[i] = round(g * g);
      }
      rows.memory(1).set((int) rows.offset(1) + first / Kernel.CHUNK, sum(values, count));
    }
  }

  /** In the order that {@link dev.rootmean.GradientPolicy} defines. */
  double sum(double[] values, int count) {
    Arrays.fill(lanes, 0);
    for (int i = 0; i < count; i++) {
      lanes[i % Kernel.LANES] = round(lanes[i % Kernel.LANES] + values[i]);
    }
    for (int half = Kernel.LANES / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        lanes[i] = round(lanes[i] + lanes[i + half]);
      }
    }
    return lanes[0];
  }

  /**
   * Makes a decision of the sums.
   *
   * @param kernel tells the type to compute in, and the names of the numbers
   * @param k the numbers of the policy
   * @param rows the sums, and the decision
   */
  public final void decide(Kernel kernel, Numbers k, Rows<TypedArray> rows) {
    type = kernel.compute();
    int count = (int) rows.length();
    if (values.length < count) {
      values = new double[count];
    }
    for (int i = 0; i < count; i++) {
      values[i] = rows.memory(0).get((int) rows.offset(0) + i);
    }
    TypedArray d = rows.memory(1);
    int at = (int) rows.offset(1);
    double scale = d.get(at + DecisionField.LOSS_SCALE.index());
    double microBatches = number(kernel, k, "micro_batches");
    double inverse = round(1 / round(scale * microBatches));
    double norm = round(round(Math.sqrt(sum(values, count))) * inverse);
    double factor = inverse;
    double next = scale;
    double good = 0;
    boolean finite = Double.isFinite(norm);
    if (finite) {
      double divisor = round(norm + number(kernel, k, "norm_clip_epsilon"));
      if (divisor > number(kernel, k, "norm_clip")) {
        factor = round(inverse * round(number(kernel, k, "norm_clip") / divisor));
      }
      good = d.get(at + DecisionField.GOOD_STEPS.index()) + 1;
      if (good >= number(kernel, k, "growth_interval")) {
        next = round(scale * number(kernel, k, "growth"));
        good = 0;
      }
    } else {
      next = Math.max(round(scale * number(kernel, k, "backoff")), number(kernel, k, "least"));
    }
    boolean skip = !finite && number(kernel, k, "skipping") != 0;
    d.set(at + DecisionField.FACTOR.index(), factor);
    d.set(at + DecisionField.SKIP.index(), skip ? 1 : 0);
    d.set(at + DecisionField.NORM.index(), norm);
    d.set(at + DecisionField.GOOD_STEPS.index(), good);
    double nextInverse = round(1 / round(next * microBatches));
    if (nextInverse > 0 && Double.isFinite(nextInverse)) {
      d.set(at + DecisionField.LOSS_SCALE.index(), next);
    }
    int skipped = at + DecisionField.SKIPPED.index();
    d.set(skipped, d.get(skipped) + (skip ? 1 : 0));
    int inARow = at + DecisionField.SKIPPED_IN_A_ROW.index();
    d.set(inARow, skip ? d.get(inARow) + 1 : 0);
  }

  private static double number(Kernel kernel, Numbers k, String name) {
    return k.get(kernel.numbers().indexOf(name));
  }
}
