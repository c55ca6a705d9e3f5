package dev.rootmean.spi;

import java.util.Locale;

/**
 * What was queued and is not known to be done: how many operations, and the launches since the
 * queue was last known to be empty. An error of one of them is told by some later call; but so is
 * one of whatever else in the process uses the same device. Counting allocates nothing.
 */
final class Pending {
  /**
   * Operations that wait in the queue at most. A caller who runs ahead further waits for them, and
   * so does close, which is to end in bounded time.
   */
  private static final int MOST = 256;

  private long operations;
  private long done;
  private long launches;
  private Kernel kernel;
  private long length;

  boolean isFull() {
    return operations - done >= MOST;
  }

  /** Counts an operation; how many there have been with it. */
  long add() {
    return ++operations;
  }

  void addLaunch(Kernel kernel, long length) {
    launches++;
    if (this.kernel != kernel) { // to store it costs more than to ask
      this.kernel = kernel;
    }
    this.length = length;
  }

  /** The first so many operations are done. */
  void done(long first) {
    done = Math.max(done, first);
    if (done == operations) {
      launches = 0;
    }
  }

  /** All of them are done. */
  void clear() {
    done(operations);
  }

  boolean hasLaunches() {
    return launches > 0;
  }

  /** The launches; only the last one is known by more than its number. */
  @Override
  public String toString() {
    String last = String.format(Locale.ROOT, "%s, %,d elements", kernel, length);
    return launches == 1
        ? "a launch (" + last + ")"
        : String.format(Locale.ROOT, "%,d launches (the last: %s)", launches, last);
  }
}
