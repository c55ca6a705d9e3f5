package dev.rootmean.cpu;

import dev.rootmean.DataType;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.spi.MemoryRange;

/** What {@link GradientPolicy} makes of a sum of squares, written to a {@link GradientDecision}. */
final class PolicyDecision {
  private PolicyDecision() {}

  static void write(GradientPolicy policy, double sum, MemoryRange<Object[]> decision) {
    DataType type = decision.dataType();
    double lossScale = get(decision, GradientDecision.LOSS_SCALE);
    double inverse = inverse(type, lossScale, policy);
    double norm = type.round(type.round(Math.sqrt(sum)) * inverse);
    boolean finite = Double.isFinite(norm);
    double normClip = type.round(policy.normClip());
    double divisor = type.round(norm + type.round(policy.normClipEpsilon()));
    boolean clips = finite && divisor > normClip;
    double factor = clips ? type.round(inverse * type.round(normClip / divisor)) : inverse;
    boolean skip = !finite && policy.nonFinite() != GradientPolicy.NonFinite.IGNORE;
    double good = finite ? get(decision, GradientDecision.GOOD_STEPS) + 1 : 0;
    double next = lossScale;
    if (!finite) {
      next = type.round(lossScale * type.round(policy.lossScale().backoff()));
      next = Math.max(next, type.round(policy.lossScale().least()));
    } else if (good >= policy.lossScale().growthInterval()) {
      next = type.round(lossScale * type.round(policy.lossScale().growth()));
      good = 0;
    }
    double nextInverse = inverse(type, next, policy);
    set(decision, GradientDecision.FACTOR, factor);
    set(decision, GradientDecision.SKIP, skip ? 1 : 0);
    set(decision, GradientDecision.NORM, norm);
    set(decision, GradientDecision.GOOD_STEPS, good);
    if (nextInverse > 0 && Double.isFinite(nextInverse)) {
      set(decision, GradientDecision.LOSS_SCALE, next);
    }
    double skipped = get(decision, GradientDecision.SKIPPED);
    set(decision, GradientDecision.SKIPPED, skip ? skipped + 1 : skipped);
    double inARow = get(decision, GradientDecision.SKIPPED_IN_A_ROW);
    set(decision, GradientDecision.SKIPPED_IN_A_ROW, skip ? inARow + 1 : 0);
  }

  private static double inverse(DataType type, double lossScale, GradientPolicy policy) {
    return type.round(1 / type.round(lossScale * type.round(policy.microBatches())));
  }

  static double get(MemoryRange<Object[]> decision, int index) {
    return Pages.get(decision.memory(), decision.offset() + index);
  }

  private static void set(MemoryRange<Object[]> decision, int index, double value) {
    Pages.set(decision.memory(), decision.offset() + index, value);
  }
}
