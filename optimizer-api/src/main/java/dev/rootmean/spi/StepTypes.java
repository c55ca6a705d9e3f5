package dev.rootmean.spi;

import static dev.rootmean.DataType.BFLOAT16;
import static dev.rootmean.DataType.BLOCK8;
import static dev.rootmean.DataType.FLOAT16;
import static dev.rootmean.DataType.FLOAT32;
import static dev.rootmean.DataType.FLOAT64;

import dev.rootmean.DataType;
import dev.rootmean.Precision.Rounding;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How the rows of a step are stored.
 *
 * @param remainder whether the parameters' lower halves are a row of their own
 * @param rounding of what is stored in fewer bits than it is computed in
 */
record StepTypes(
    DataType params, DataType grads, DataType accumulators, boolean remainder, Rounding rounding) {

  /** All that go together. Those that most steps have come first: they are searched in each. */
  private static final List<StepTypes> ALL =
      List.of(
          exact(FLOAT32, FLOAT32),
          exact(FLOAT64, FLOAT64),
          exact(FLOAT32, BFLOAT16),
          exact(FLOAT32, FLOAT16),
          random(BFLOAT16, BFLOAT16, FLOAT32),
          random(BFLOAT16, FLOAT32, FLOAT32),
          random(FLOAT16, FLOAT16, FLOAT32),
          random(FLOAT16, FLOAT32, FLOAT32),
          whole(BFLOAT16),
          whole(FLOAT32),
          random(FLOAT32, FLOAT32, BFLOAT16),
          random(BFLOAT16, BFLOAT16, BFLOAT16),
          nearest(BFLOAT16),
          nearest(FLOAT16),
          random(FLOAT32, FLOAT32, BLOCK8),
          random(BFLOAT16, BFLOAT16, BLOCK8),
          random(BFLOAT16, FLOAT32, BLOCK8));

  private static StepTypes exact(DataType params, DataType grads) {
    return new StepTypes(params, grads, params, false, Rounding.NEAREST);
  }

  private static StepTypes random(DataType params, DataType grads, DataType accumulators) {
    return new StepTypes(params, grads, accumulators, false, Rounding.RANDOM);
  }

  private static StepTypes whole(DataType grads) {
    return new StepTypes(BFLOAT16, grads, FLOAT32, true, Rounding.NEAREST);
  }

  /** What other frameworks do. */
  private static StepTypes nearest(DataType type) {
    return new StepTypes(type, type, type, false, Rounding.NEAREST);
  }

  static List<StepTypes> all() {
    return ALL;
  }

  /**
   * The place in {@link #all} of those that a step has.
   *
   * @param ofRows whether it is a step of rows of a table
   * @throws IllegalArgumentException if there are none such, naming all that there are
   */
  static int find(
      DataType params,
      DataType grads,
      DataType accumulators,
      boolean remainder,
      Rounding rounding,
      boolean ofRows) {
    for (int i = 0; i < ALL.size(); i++) {
      StepTypes types = ALL.get(i);
      if (types.params == params
          && types.grads == grads
          && types.accumulators == accumulators
          && types.remainder == remainder
          && types.rounding == rounding
          && (!ofRows || types.hasRows())) {
        return i;
      }
    }
    throw new StepTypes(params, grads, accumulators, remainder, rounding)
        .refused(ALL.stream().filter(types -> !ofRows || types.hasRows()));
  }

  /**
   * Whether rows of a table are stepped so: their gradients are summed, and are what sums are; in
   * blocks, a row would have its neighbours' accumulators made anew.
   */
  boolean hasRows() {
    return grads == params.compute() && !accumulators.isInBlocks();
  }

  private IllegalArgumentException refused(Stream<StepTypes> expected) {
    boolean isStuck = accumulators.isInBlocks() && rounding == Rounding.NEAREST;
    return new IllegalArgumentException(
        (isStuck ? "rounded to nearest, 8 bits would stop decaying; " : "")
            + this
            + ": expected one of these: "
            + expected.map(StepTypes::toString).collect(Collectors.joining("; ")));
  }

  /** A part for each thing that is not as it usually is. */
  String family() {
    String name =
        params
            + (remainder ? "_remainder" : "")
            + (grads == params ? "" : "_" + grads)
            + (accumulators == params.compute() ? "" : "_v_" + accumulators)
            + (rounding == Rounding.RANDOM ? "_random" : "");
    return name.toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return "params "
        + params
        + (remainder ? " and remainder" : "")
        + ", grads "
        + grads
        + ", accumulators "
        + accumulators
        + (rounding == Rounding.RANDOM ? ", random rounding" : "");
  }
}
