package dev.rootmean.spi;

import java.util.Arrays;

/**
 * Which elements of an allocation have been rounded by the random bits of one attempt. Ranges that
 * touch are one, so that whoever steps whole buffers, or slices in their order, has one.
 */
final class RoundedRanges {
  private long attempt;

  /** The first element of each range and the one behind its last, in order. */
  private long[] bounds = new long[2];

  private int count;

  /** Whether some of these elements have been rounded in an attempt. */
  boolean contains(long attempt, long first, long length) {
    if (attempt != this.attempt) {
      return false;
    }
    for (int i = 0; i < count; i += 2) {
      if (first < bounds[i + 1] && bounds[i] < first + length) {
        return true;
      }
    }
    return false;
  }

  /** Adds elements of which none has been rounded in the attempt. */
  void add(long attempt, long first, long length) {
    if (attempt != this.attempt) {
      this.attempt = attempt;
      count = 0;
    }
    int at = 0;
    while (at < count && bounds[at] < first) {
      at += 2;
    }
    boolean joinsBefore = at > 0 && bounds[at - 1] == first;
    boolean joinsBehind = at < count && bounds[at] == first + length;
    if (joinsBefore && joinsBehind) {
      System.arraycopy(bounds, at + 1, bounds, at - 1, count - at - 1);
      count -= 2;
    } else if (joinsBefore) {
      bounds[at - 1] = first + length;
    } else if (joinsBehind) {
      bounds[at] = first;
    } else {
      if (bounds.length < count + 2) {
        grow();
        at = Math.min(at, count);
      }
      System.arraycopy(bounds, at, bounds, at + 2, count - at);
      bounds[at] = first;
      bounds[at + 1] = first + length;
      count += 2;
    }
  }

  /** The launch is done: on a full heap what it rounded may rather be forgotten. */
  private void grow() {
    try {
      bounds = Arrays.copyOf(bounds, 2 * bounds.length);
    } catch (OutOfMemoryError e) {
      count = 0;
    }
  }

  /** Forgets all. */
  void clear() {
    count = 0;
  }
}
