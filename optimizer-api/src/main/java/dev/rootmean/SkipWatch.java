package dev.rootmean;

import dev.rootmean.events.FlightRecording;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log that steps are skipped. The device counts them, and a training whose steps are
 * all skipped looks from outside like any other.
 */
final class SkipWatch {
  /** Attempts from one look to the next: each waits for the device. */
  static final int INTERVAL = 25;

  /**
   * So many in a row are no longer a dynamic loss scale that finds its place: from 65,536 to 1 it
   * is 16. A row of twice as many is seen in any case, since one look falls into its second half.
   */
  static final int MANY_IN_A_ROW = 25;

  private static final Logger LOG = LoggerFactory.getLogger(SkipWatch.class);

  private final GradientDecision decision;
  private final boolean skips;

  /** Before the device began to count. */
  private final long skippedBefore;

  private boolean told;

  /** By the device's count, what a flight recording knows of. */
  private long recorded;

  /**
   * Watches a decision.
   *
   * @param decision null for none
   */
  SkipWatch(GradientDecision decision, long skippedBefore) {
    this.decision = decision;
    this.skips =
        decision != null && decision.policy().nonFinite() != GradientPolicy.NonFinite.IGNORE;
    this.skippedBefore = skippedBefore;
  }

  /** How many steps were skipped. Waits for the device if any can be. */
  long skipped(long attempts) {
    look(attempts);
    return skippedBefore + (skips ? decision.skipped() : 0);
  }

  /** Looks, if it is time to. */
  void beforeAttempt(long attempts) {
    if (attempts > 0 && attempts % INTERVAL == 0) {
      look(attempts);
    }
  }

  /** Looks, which waits for the device, if there may be something to say. */
  private void look(long attempts) {
    if (!skips || decision.policy().nonFinite() == GradientPolicy.NonFinite.THROW) {
      return; // who has them thrown need not be told
    }
    record(attempts);
    if (decision.policy().lossScale().isDynamic()) {
      lookForMany();
    } else if (!told) {
      lookForAny();
    }
  }

  private void lookForAny() {
    long skipped = decision.skipped();
    if (skipped > 0) {
      told = true;
      LOG.warn(
          "steps are skipped, {} so far: their gradients, or the norm of these, were not finite;"
              + " parameters and accumulators were left as they were",
          skipped);
    }
  }

  /** Once for each row of skips. */
  private void lookForMany() {
    long inARow = decision.skippedInARow();
    if (inARow < MANY_IN_A_ROW) {
      told = false;
    } else if (!told) {
      told = true;
      LOG.warn(
          "the last {} steps were skipped: their gradients were not finite, whatever the loss"
              + " scale; it is {} now, and its least value is {}",
          inARow,
          decision.lossScale(),
          decision.policy().lossScale().least());
    }
  }

  /** Has a flight recording know of the steps that were skipped since it was told last. */
  void record(long attempts) {
    if (FlightRecording.wantsSkips()) {
      long skipped = decision.skipped();
      if (skipped > recorded) {
        FlightRecording.skip(
            skipped - recorded,
            skippedBefore + skipped,
            attempts,
            decision.norm(),
            decision.lossScale());
        recorded = skipped;
      }
    }
  }
}
