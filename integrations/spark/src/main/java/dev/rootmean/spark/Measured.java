package dev.rootmean.spark;

import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.NonFinite;
import dev.rootmean.spi.DecisionField;
import dev.rootmean.spi.Kernel;
import java.io.Serializable;

/**
 * What a policy has come to: the driver decides by the sums that all shards have measured, so that
 * all take a step alike, or none does. The arithmetic is that which {@link GradientPolicy} defines,
 * in floats.
 *
 * @param factor what every gradient is multiplied by
 * @param skips whether the step is to change nothing
 * @param norm of the gradients; NaN if none was measured
 * @param lossScale of the next gradients
 * @param goodSteps in a row since the loss scale changed
 * @param skipped how many steps changed nothing
 */
record Measured(
    float factor, boolean skips, double norm, float lossScale, int goodSteps, long skipped)
    implements Serializable {

  /**
   * Refuses numbers that are none in floats, before a {@link dev.rootmean.GradientDecision} in an
   * executor does. Of the loss scale it is told how many workers it has to be taken out for.
   *
   * @param policy whose micro-batches are the workers
   */
  static void requireUsable(GradientPolicy policy) {
    requireNotLost("least loss scale", policy.lossScale().least());
    requireNotLost("valueClip", policy.valueClip());
    requireNotLost("normClip", policy.normClip());
    requireNotLost("normClipEpsilon", policy.normClipEpsilon());
    if (!isUsable(inverse(policy, (float) policy.lossScale().initial()))) {
      throw new IllegalArgumentException(
          "lossScale "
              + policy.lossScale().initial()
              + " cannot be taken out of the sum of "
              + policy.microBatches()
              + " workers in FLOAT32: expected a number of ordinary size");
    }
  }

  private static void requireNotLost(String name, double value) {
    if (value > 0 && (float) value == 0) {
      throw new IllegalArgumentException(
          name + " " + value + " is 0 in FLOAT32: expected at least " + Float.MIN_VALUE);
    }
  }

  /** Before the first step. */
  static Measured first(GradientPolicy policy) {
    return new Measured(1, false, Double.NaN, (float) policy.lossScale().initial(), 0, 0);
  }

  /** After the gradients with this one's loss scale were measured. */
  Measured next(GradientPolicy policy, float[] sums) {
    GradientPolicy.LossScale scaling = policy.lossScale();
    float inverse = inverse(policy, lossScale);
    float measured = (float) Math.sqrt(sum(sums)) * inverse;
    float nextFactor = inverse;
    float nextScale = lossScale;
    int good = 0;
    boolean isFinite = Float.isFinite(measured);
    if (isFinite) {
      float divisor = measured + (float) policy.normClipEpsilon();
      if (divisor > (float) policy.normClip()) {
        nextFactor = inverse * ((float) policy.normClip() / divisor);
      }
      good = goodSteps + 1;
      if (good >= scaling.growthInterval()) {
        nextScale = lossScale * (float) scaling.growth();
        good = 0;
      }
    } else {
      nextScale = Math.max(lossScale * (float) scaling.backoff(), (float) scaling.least());
    }
    boolean skipping = !isFinite && policy.nonFinite() != NonFinite.IGNORE;
    return new Measured(
        nextFactor,
        skipping,
        measured,
        isUsable(inverse(policy, nextScale)) ? nextScale : lossScale,
        good,
        skipped + (skipping ? 1 : 0));
  }

  private static float inverse(GradientPolicy policy, float scale) {
    return 1 / (scale * policy.microBatches());
  }

  private static boolean isUsable(float inverse) {
    return inverse > 0 && Float.isFinite(inverse);
  }

  /** What the steps on the devices are told. */
  float[] decision(GradientPolicy policy) {
    float[] fields = new float[DecisionField.SKIP.index() + 1];
    fields[DecisionField.FACTOR.index()] = factor;
    fields[DecisionField.BOUND.index()] = (float) policy.valueClip();
    fields[DecisionField.SKIP.index()] = skips ? 1 : 0;
    return fields;
  }

  /** Adds by lanes, and folds these. */
  private static float sum(float[] sums) {
    float[] lanes = new float[Kernel.LANES];
    for (int i = 0; i < sums.length; i++) {
      lanes[i % lanes.length] += sums[i];
    }
    for (int half = lanes.length / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        lanes[i] += lanes[i + half];
      }
    }
    return lanes[0];
  }
}
