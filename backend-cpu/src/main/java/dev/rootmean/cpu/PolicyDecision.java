package dev.rootmean.cpu;

import dev.rootmean.DataType;
import dev.rootmean.GradientControl;
import dev.rootmean.GradientPolicy;
import dev.rootmean.spi.BackendBuffer;

/** What {@link GradientPolicy} makes of a sum of squares, written to a {@link GradientControl}. */
final class PolicyDecision {
  private PolicyDecision() {}

  static void write(GradientPolicy policy, double sum, BackendBuffer<Object[]> control) {
    DataType type = control.dataType();
    boolean finite = Double.isFinite(sum);
    double lossScale = get(control, GradientControl.LOSS_SCALE);
    double inverse = type.round(1 / type.round(lossScale * type.round(policy.microBatches())));
    double norm = type.round(type.round(Math.sqrt(sum)) * inverse);
    double normClip = type.round(policy.normClip());
    double factor = norm > normClip ? type.round(inverse * type.round(normClip / norm)) : inverse;
    boolean skip = !finite && policy.nonFinite() != GradientPolicy.NonFinite.IGNORE;
    double good = finite ? get(control, GradientControl.GOOD_STEPS) + 1 : 0;
    if (!finite) {
      lossScale = type.round(lossScale * type.round(policy.lossScale().backoff()));
    } else if (good >= policy.lossScale().growthInterval()) {
      lossScale = type.round(lossScale * type.round(policy.lossScale().growth()));
      good = 0;
    }
    set(control, GradientControl.FACTOR, factor);
    set(control, GradientControl.SKIP, skip ? 1 : 0);
    set(control, GradientControl.NORM, norm);
    set(control, GradientControl.LOSS_SCALE, lossScale);
    set(control, GradientControl.GOOD_STEPS, good);
    double skipped = get(control, GradientControl.SKIPPED);
    set(control, GradientControl.SKIPPED, skip ? skipped + 1 : skipped);
  }

  static double get(BackendBuffer<Object[]> control, int index) {
    return Pages.get(control.memory(), control.offset() + index);
  }

  private static void set(BackendBuffer<Object[]> control, int index, double value) {
    Pages.set(control.memory(), control.offset() + index, value);
  }
}
