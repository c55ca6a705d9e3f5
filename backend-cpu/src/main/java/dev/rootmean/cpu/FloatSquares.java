package dev.rootmean.cpu;

import dev.rootmean.spi.Kernel;
import java.util.Arrays;

/** The sum of the squares of a chunk, in the order of {@link dev.rootmean.GradientPolicy}. */
final class FloatSquares implements Loops {
  private static final int ROW = Kernel.LANES;
  private static final int EIGHT_ROWS = 8 * ROW;

  @Override
  public int scratches() {
    return 1;
  }

  /**
   * The lanes move through their array beside the gradients: C2 vectorises indices that differ by
   * constants, and distances that vary it does not.
   */
  @Override
  public void run(Span span) {
    float[] values = (float[]) span.array(0);
    float[] lanes = (float[]) span.scratch(0);
    int i = span.from(0);
    int end = i + span.count();
    clear(lanes, i, span.count());
    for (; end - i >= EIGHT_ROWS; i += EIGHT_ROWS) {
      int lo = Pages.index(i); // i itself, but C2 vectorises it only if it knows that lo is small
      addEightRows(values, lanes, lo, lo + ROW);
    }
    for (; end - i >= ROW; i += ROW) {
      addRow(values, lanes, i, i + ROW);
    }
    addPart(values, lanes, i, end);
    fold(lanes, i, span.count());
    FloatDecision.set(span.rows(), 1, span.first() / Kernel.CHUNK, lanes[i]);
  }

  /** Eight rows at a time keep more of the memory busy than fewer. */
  private static void addEightRows(float[] v, float[] lanes, int lo, int hi) {
    for (int i = lo; i < hi; i++) {
      float sum = lanes[i] + v[i] * v[i];
      sum = sum + v[i + ROW] * v[i + ROW];
      sum = sum + v[i + 2 * ROW] * v[i + 2 * ROW];
      sum = sum + v[i + 3 * ROW] * v[i + 3 * ROW];
      sum = sum + v[i + 4 * ROW] * v[i + 4 * ROW];
      sum = sum + v[i + 5 * ROW] * v[i + 5 * ROW];
      sum = sum + v[i + 6 * ROW] * v[i + 6 * ROW];
      lanes[i + EIGHT_ROWS] = sum + v[i + 7 * ROW] * v[i + 7 * ROW];
    }
  }

  private static void addRow(float[] v, float[] lanes, int lo, int hi) {
    for (int i = lo; i < hi; i++) {
      lanes[i + ROW] = lanes[i] + v[i] * v[i];
    }
  }

  private static void addPart(float[] v, float[] lanes, int lo, int hi) {
    for (int i = lo; i < hi; i++) {
      lanes[i] = lanes[i] + v[i] * v[i];
    }
  }

  /** Makes zeros of those lanes that {@link #fold} reads. */
  static void clear(float[] s, int at, int count) {
    Arrays.fill(s, at, at + Math.min(2 * count, ROW), 0);
  }

  /**
   * Folds lanes, upper half onto lower half, into the first. Where no more than the lower half has
   * been added to, the sum is what it is: no lane is -0. The large folds are loops apart.
   *
   * @param count how many of the lanes, at least, have been added to
   */
  static void fold(float[] s, int at, int count) {
    for (int i = at; count > ROW / 2 && i < at + ROW / 2; i++) {
      s[i] = s[i] + s[i + ROW / 2];
    }
    for (int i = at; count > ROW / 4 && i < at + ROW / 4; i++) {
      s[i] = s[i] + s[i + ROW / 4];
    }
    for (int i = at; count > ROW / 8 && i < at + ROW / 8; i++) {
      s[i] = s[i] + s[i + ROW / 8];
    }
    for (int half = ROW / 16; half > 0; half /= 2) {
      for (int i = at; count > half && i < at + half; i++) {
        s[i] = s[i] + s[i + half];
      }
    }
  }
}
