package dev.rootmean.cpu;

import dev.rootmean.Coefficients;
import dev.rootmean.DataType;

/** The formula of {@link dev.rootmean.RmsProp} over a range of pages, in one type. */
interface StepLoops {
  static StepLoops of(DataType type, Coefficients k) {
    return switch (type) {
      case FLOAT32 -> new FloatLoops(k);
      case FLOAT64 -> new DoubleLoops(k);
    };
  }

  /**
   * Steps the elements from {@code lo} to {@code hi}; all pages are arrays of this type.
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
}
