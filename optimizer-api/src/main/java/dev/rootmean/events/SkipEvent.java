package dev.rootmean.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/**
 * Steps that a policy skipped.
 *
 * @since 0.1.0
 */
@Name("dev.rootmean.Skip")
@Label("Skip")
@Category("Rootmean")
@Description(
    "Steps that changed nothing, because gradients or their norm were not finite. Looked for every"
        + " 25 steps, as each look waits for the device")
public final class SkipEvent extends Event {
  @Label("Steps")
  @Description("Those since the last such event of this optimizer")
  long steps;

  @Label("Skipped in All")
  long skipped;

  @Label("Attempts")
  @Description("How many steps had been tried when this was seen")
  long attempts;

  @Label("Norm")
  @Description("Of the gradients of the last of these attempts; not finite if it was skipped")
  double norm;

  @Label("Loss Scale")
  @Description("For the gradients that come next")
  double lossScale;

  /** Of now. */
  SkipEvent() {}

  /** Tells it. */
  public void record(long steps, long skipped, long attempts, double norm, double lossScale) {
    if (shouldCommit()) {
      this.steps = steps;
      this.skipped = skipped;
      this.attempts = attempts;
      this.norm = norm;
      this.lossScale = lossScale;
      commit();
    }
  }
}
