package dev.rootmean.spi;

import java.util.Locale;

/**
 * The launches since the queue was last known to be empty. An error of one of them is told by some
 * later call; but so is one of whatever else in the process uses the same device. Counting
 * allocates nothing.
 */
final class PendingLaunches {
  private long count;
  private Kernel kernel;
  private long length;

  void add(Kernel kernel, long length) {
    count++;
    if (this.kernel != kernel) { // to store it costs more than to ask
      this.kernel = kernel;
    }
    this.length = length;
  }

  void clear() {
    count = 0;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** What was queued; only the last launch is known by more than its number. */
  @Override
  public String toString() {
    String last = String.format(Locale.ROOT, "%s, %,d elements", kernel, length);
    return count == 1
        ? "a launch (" + last + ")"
        : String.format(Locale.ROOT, "%,d launches (the last: %s)", count, last);
  }
}
