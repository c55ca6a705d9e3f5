package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.RowGradients;

/** The part of {@link KnownAnswer} that steps rows of tables. */
final class KnownRows {
  /** Rows and elements of a row: some for each group of work-items, and more than those. */
  private static final int[][] TABLES = {{23, 17}, {5, 300}};

  /** Of the first step, with more of one row than are summed in a chunk, and of the second. */
  private static final int[][] NUMBERS = {new int[83], {4, 0, 2}};

  static {
    for (int i = 0; i < NUMBERS[0].length; i++) {
      NUMBERS[0][i] = i % 6 == 0 ? i % 4 : 1;
    }
  }

  private KnownRows() {}

  /**
   * Steps twice, by sums and by what needs none. With a policy, the sums of ordinary gradients are
   * measured, and both steps are by what is left of them.
   */
  static int hash(OptimizerBackend backend, Kernel step, RmsProp rule, Precision precision) {
    int hash = 0;
    for (int[] table : TABLES) {
      hash = 31 * hash + hash(backend, step, rule, precision, table[0], table[1]);
    }
    return hash;
  }

  private static int hash(
      OptimizerBackend backend,
      Kernel step,
      RmsProp rule,
      Precision precision,
      int rows,
      int width) {
    boolean decided = step.row("d") >= 0;
    DataType type = precision.gradients();
    long length = (long) rows * width;
    long most = (long) NUMBERS[0].length * width;
    try (DeviceBuffer params = backend.allocate(precision.parameters(), length);
        DeviceBuffer values = backend.allocate(type, most);
        RowGradients grads = backend.allocateRows(type, rows, width);
        RmsPropState state =
            RmsPropState.allocate(backend, rule, precision, KnownAnswer.PLACE, length);
        GradientDecision decision =
            decided ? GradientDecision.allocate(backend, KnownAnswer.POLICY, type, most) : null) {
      KnownAnswer.fill(params, 1, true);
      state.remainder().ifPresent(remainder -> KnownAnswer.fill(remainder, 4, true));
      int hash = 0;
      for (int i = 0; i < NUMBERS.length; i++) {
        KnownAnswer.fill(values, 2 + i, !decided);
        grads.clear();
        grads.add(NUMBERS[i], values.slice(0, (long) NUMBERS[i].length * width));
        state.attempt(KnownAnswer.FIRST_ATTEMPT + i);
        if (!decided) {
          backend.stepRows(rule, params, grads, state);
        } else {
          if (i == 0) {
            backend.measure(grads.sums(), decision);
          }
          backend.stepRows(rule, params, grads, state, decision);
        }
        hash = 31 * hash + KnownAnswer.hash(grads.sums());
      }
      hash = 31 * (31 * hash + KnownAnswer.hash(params)) + KnownAnswer.hash(state);
      return decided ? 31 * hash + KnownAnswer.hash(decision.buffer()) : hash;
    }
  }
}
