package dev.rootmean.cuda;

import dev.rootmean.DataType;
import dev.rootmean.kernels.Variant;
import java.util.Locale;

/**
 * The steps since the queue was last known to be empty. An error of one of them is told by some
 * later call; but so is one of whatever else in the process uses the same context. Counting
 * allocates nothing.
 */
final class PendingSteps {
  private long count;
  private Variant variant;
  private DataType type;
  private long length;
  private boolean others;

  /** Counts a step that is queued. */
  void add(Variant variant, DataType type, long length) {
    count++;
    this.variant = variant;
    this.type = type;
    this.length = length;
  }

  /** Notes that something else of a policy is in the queue too. */
  void addOther() {
    others = true;
  }

  void clear() {
    count = 0;
    others = false;
  }

  boolean isEmpty() {
    return count == 0 && !others;
  }

  /** What was queued; only the last step is known by more than its number. */
  @Override
  public String toString() {
    if (count == 0) {
      return "measuring or adding gradients";
    }
    String last = String.format(Locale.ROOT, "%s, %,d elements of %s", variant, length, type);
    return count == 1
        ? "a step (" + last + ")"
        : String.format(Locale.ROOT, "%,d queued steps (the last: %s)", count, last);
  }
}
