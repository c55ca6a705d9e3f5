package dev.rootmean.cuda;

import dev.rootmean.DataType;
import dev.rootmean.kernels.Variant;

/**
 * The steps since the queue was last known to be empty. An error that a step causes is told by some
 * later call, so one of these is to blame for it. Counting allocates nothing.
 */
final class PendingSteps {
  private long first = 1;
  private long next = 1;
  private Variant variant;
  private DataType type;
  private long length;
  private boolean others;

  /** Counts a step that is queued; the first one of a backend has the number 1. */
  void add(Variant variant, DataType type, long length) {
    next++;
    this.variant = variant;
    this.type = type;
    this.length = length;
  }

  /** Notes that something else of a policy is in the queue too. */
  void addOther() {
    others = true;
  }

  void clear() {
    first = next;
    others = false;
  }

  boolean isEmpty() {
    return first == next && !others;
  }

  /** Names them; only the last one is known by more than its number. */
  @Override
  public String toString() {
    if (first == next) {
      return "measuring or adding gradients before step %,d".formatted(next);
    }
    return next - first == 1
        ? "step %,d (%s, %,d elements of %s)".formatted(first, variant, length, type)
        : "one of the steps %,d to %,d".formatted(first, next - 1);
  }
}
