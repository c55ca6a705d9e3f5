package dev.rootmean.spark;

import java.nio.file.Path;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a training says of itself: a line when it begins and one for each checkpoint at INFO, as
 * Spark's own lines for a step are many; and one for each step at DEBUG.
 */
final class TrainingLog {
  /** By the name of the class that users see. */
  private static final Logger LOG = LoggerFactory.getLogger(ShardedTraining.class);

  private static final double NANOS = 1e9;

  private StepResult last;
  private int steps;
  private long since;

  void begun(Plan plan, long step) {
    LOG.info(
        "{}: {} parameters in {} shards, gradients of {} workers",
        step == 0 ? "begins" : "goes on after step " + step,
        plan.layout().length(),
        plan.layout().shards(),
        plan.workers());
    since = System.nanoTime();
  }

  void stepped(StepResult result) {
    LOG.debug("step {}: loss {}", result.step(), result.loss());
    last = result;
    steps++;
  }

  void saved(long step, long skipped, Path folder) {
    double seconds = (System.nanoTime() - since) / NANOS;
    LOG.info(
        "step {}: {}{} skipped, saved in {}",
        step,
        steps == 0
            ? ""
            : String.format(
                Locale.ROOT, "loss %.6g, %.2f s a step, ", last.loss(), seconds / steps),
        skipped,
        folder);
    steps = 0;
    since = System.nanoTime();
  }
}
