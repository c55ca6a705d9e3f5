package dev.rootmean.spi;

import java.util.Locale;

/**
 * What the first elements of a decision are, in their order: {@link
 * dev.rootmean.OptimizerBackend#measure} writes them, the steps after it read some. Behind them
 * lies the sum of each chunk.
 *
 * @since 0.1.0
 */
public enum DecisionField {
  /** What every gradient is multiplied by. */
  FACTOR,
  /** The largest magnitude that is left of it. */
  BOUND,
  /** 1 if the step is to change nothing, otherwise 0. */
  SKIP,
  /** The norm of all gradients, before clipping. */
  NORM,
  /** The loss scale that the next gradients are to have. */
  LOSS_SCALE,
  /** The number of good steps in a row since the loss scale changed. */
  GOOD_STEPS,
  /** The number of steps that were to change nothing. */
  SKIPPED,
  /** The number of steps in a row, up to the last, that were to change nothing. */
  SKIPPED_IN_A_ROW;

  /** How many they are, and so where the sums begin. */
  public static final int COUNT = values().length;

  /**
   * How long a decision is.
   *
   * @param gradients how many are measured at most
   * @return the number of its elements
   */
  public static long elements(long gradients) {
    return COUNT + Kernel.chunks(gradients);
  }

  /** Refuses a decision of so many elements that is too short for so many chunks of gradients. */
  static void requireRoom(long elements, long chunks, long gradients) {
    if (elements < COUNT + chunks) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "decision was allocated for at most %d gradients: expected room for %d",
              (elements - COUNT) * Kernel.CHUNK,
              gradients));
    }
  }

  /**
   * Where in a decision it is.
   *
   * @return the index of its element
   */
  @SuppressWarnings("EnumOrdinal") // the order of these constants is the layout
  public int index() {
    return ordinal();
  }
}
