package dev.rootmean.cpu;

import dev.rootmean.Coefficients;
import dev.rootmean.DataType;

/** The innermost loops, in one type: all that are given as objects are arrays of it. */
interface PageLoops {
  static PageLoops of(DataType type) {
    return switch (type) {
      case FLOAT32 -> new FloatLoops();
      case FLOAT64 -> new DoubleLoops();
    };
  }

  /** Takes the coefficients of the steps to come, and what gradients are multiplied by in them. */
  void set(Coefficients k, double factor);

  /**
   * Steps the elements from {@code lo} to {@code hi} by the formula of {@link
   * dev.rootmean.RmsProp}.
   *
   * @param b null for a rule without momentum
   * @param m null for a rule that is not centered
   * @param scratch as long as the others; null unless there are both
   * @param block how many elements the two loops of momentum with centering take in turn
   */
  void step(
      Object p,
      Object grad,
      Object v,
      Object b,
      Object m,
      Object scratch,
      int lo,
      int hi,
      int block);

  /** Multiplies gradients by the factor and limits their magnitude, into another array. */
  void clip(Object grad, Object clipped, double factor, double bound, int lo, int hi);

  /** Adds elements to others; C2 vectorises it only from one index to the same one. */
  void add(Object addend, int from, Object target, int to, int count);

  /** Adds the squares of the first elements to those at the same places. */
  void addSquares(Object values, Object sums, int count);

  /**
   * Adds the squares of a whole page, row after row of lanes, to the sums at the start of an array;
   * the new ones are a page's length further on.
   */
  void addSquaresOfPage(Object page, Object sums);

  /** Folds the lanes, upper half onto lower half, into the first. */
  void fold(Object lanes);
}
