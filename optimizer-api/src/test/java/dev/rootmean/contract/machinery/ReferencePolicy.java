package dev.rootmean.contract.machinery;

import static dev.rootmean.GradientPolicy.NonFinite.IGNORE;

import dev.rootmean.DataType;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.spi.DecisionField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The oracle of {@link GradientPolicy}, written from its specification. */
public final class ReferencePolicy {
  private static final int CHUNK = 16_384;
  private static final int LANES = 1_024;

  private final DataType type;
  private final GradientPolicy policy;
  private final double[] lanes = new double[LANES];
  private double inverse;
  double factor;
  double norm;
  double lossScale;
  double good;
  double skipped;
  double skippedInARow;
  boolean skip;

  /**
   * Begins where the policy does.
   *
   * @param type the type to compute in
   * @param policy what to decide by
   */
  public ReferencePolicy(DataType type, GradientPolicy policy) {
    this.type = type;
    this.policy = policy;
    lossScale = round(policy.lossScale().initial());
    takeOut();
    factor = inverse;
  }

  /**
   * Measures gradients, and decides.
   *
   * @param buffers all of a step
   */
  public void measure(double[]... buffers) {
    List<Double> sums = new ArrayList<>();
    for (double[] grads : buffers) {
      for (int start = 0; start < grads.length; start += CHUNK) {
        int end = Math.min(start + CHUNK, grads.length);
        Arrays.fill(lanes, 0);
        for (int i = start; i < end; i++) {
          addToLane(i - start, round(grads[i] * grads[i]));
        }
        sums.add(fold());
      }
    }
    Arrays.fill(lanes, 0);
    for (int c = 0; c < sums.size(); c++) {
      addToLane(c, sums.get(c));
    }
    decide(fold());
  }

  private void addToLane(int i, double value) {
    lanes[i % LANES] = round(lanes[i % LANES] + value);
  }

  private double fold() {
    for (int s = LANES / 2; s >= 1; s /= 2) {
      for (int j = 0; j < s; j++) {
        lanes[j] = round(lanes[j] + lanes[j + s]);
      }
    }
    return lanes[0];
  }

  private void takeOut() {
    inverse = inverseOf(lossScale);
  }

  private double inverseOf(double scale) {
    double total = round(scale * round(policy.microBatches()));
    return round(1 / total);
  }

  private void decide(double sum) {
    takeOut();
    double root = round(Math.sqrt(sum));
    norm = round(root * inverse);
    factor = inverse;
    skip = false;
    double next = lossScale;
    if (Double.isNaN(norm) || Double.isInfinite(norm)) {
      next = round(lossScale * round(policy.lossScale().backoff()));
      double least = round(policy.lossScale().least());
      if (next < least) {
        next = least;
      }
      good = 0;
      if (policy.nonFinite() != IGNORE) {
        skip = true;
        skipped++;
        skippedInARow++;
      }
    } else {
      double most = round(policy.normClip());
      double enlarged = round(norm + round(policy.normClipEpsilon()));
      if (enlarged > most) {
        double ratio = round(most / enlarged);
        factor = round(inverse * ratio);
      }
      good++;
      if (good >= policy.lossScale().growthInterval()) {
        next = round(lossScale * round(policy.lossScale().growth()));
        good = 0;
      }
    }
    if (!skip) {
      skippedInARow = 0;
    }
    if (inverseOf(next) > 0 && inverseOf(next) <= Double.MAX_VALUE) {
      lossScale = next;
    }
  }

  /** What the rule sees of the gradients. */
  double[] apply(double[] grads) {
    double bound = round(policy.valueClip());
    double[] applied = new double[grads.length];
    for (int i = 0; i < grads.length; i++) {
      double g = round(factor * grads[i]);
      if (g > bound) {
        g = bound;
      } else if (g < -bound) {
        g = -bound;
      }
      applied[i] = g;
    }
    return applied;
  }

  /**
   * Fails unless a device has decided the same.
   *
   * @param decision what it has decided
   * @param circumstances for the message
   */
  public void assertHeldBy(GradientDecision decision, String circumstances) {
    double[] all = new double[(int) decision.buffer().length()];
    Elements.read(decision.buffer(), all);
    double[] found = {
      all[DecisionField.FACTOR.index()],
      all[DecisionField.SKIP.index()],
      all[DecisionField.NORM.index()],
      all[DecisionField.LOSS_SCALE.index()],
      all[DecisionField.GOOD_STEPS.index()],
      all[DecisionField.SKIPPED.index()],
      all[DecisionField.SKIPPED_IN_A_ROW.index()]
    };
    double[] expected = {factor, skip ? 1 : 0, norm, lossScale, good, skipped, skippedInARow};
    Bits.assertSame(
        "factor, skip, norm, loss scale, good, skipped, in a row of " + circumstances,
        expected,
        found);
  }

  private double round(double x) {
    return type.round(x);
  }
}
