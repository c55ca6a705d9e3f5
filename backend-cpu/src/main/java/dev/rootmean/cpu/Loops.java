package dev.rootmean.cpu;

import dev.rootmean.DataType;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;

/**
 * A kernel's text on the CPU: one class for each compute type, which C2 must be given apart. The
 * build makes those for doubles from those for floats.
 */
interface Loops {
  /**
   * Loops of their own, which remember the numbers of the launch before.
   *
   * @param foreign null if there are none
   */
  static Loops of(Kernel kernel, ForeignSteps foreign) {
    boolean isFloat = kernel.compute() == DataType.FLOAT32;
    return switch (kernel.text()) {
      case "rmsprop", "rmsprop_block8" ->
          isFloat ? new FloatStep(kernel, foreign) : new DoubleStep(kernel, foreign);
      case "step_rows" -> isFloat ? new FloatStep(kernel, null) : new DoubleStep(kernel, null);
      case "add" -> isFloat ? new FloatAdd() : new DoubleAdd();
      case "sum_squares" -> isFloat ? new FloatSquares() : new DoubleSquares();
      case "decide" -> isFloat ? new FloatDecision() : new DoubleDecision();
      default -> throw new IllegalArgumentException(kernel + ": the CPU has no loops for it");
    };
  }

  /**
   * Takes what is the same for all elements; the working memory is made after this, and before the
   * first element. Of several launches at once, all of the rows that are the same in each are in
   * the first one's.
   *
   * @param elements how many there are, in all launches
   * @return whether there is anything to do
   */
  default boolean begin(Numbers numbers, Rows<CpuMemory> rows, long elements) {
    return true;
  }

  /** How many arrays of {@link Span#scratch} they use in the launch that has begun. */
  default int scratches() {
    return 0;
  }

  /** How much of a step's time an element takes, in quarters. */
  default int quarters() {
    return 1;
  }

  /** Whether elements may begin at another index in each row's array; else it is one for all. */
  default boolean takeAnyIndices() {
    return false;
  }

  /** Whether they can {@link #runInPlace} in the launch that has begun. */
  default boolean takeForeign() {
    return false;
  }

  /** Does the elements of a span. */
  void run(Span span);

  /**
   * Does what they can of a span whose first two rows are foreign, and before it is staged.
   *
   * @return how many elements, from its first on
   */
  default int runInPlace(Span span) {
    return 0;
  }
}
