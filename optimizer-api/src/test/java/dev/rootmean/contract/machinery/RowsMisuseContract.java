package dev.rootmean.contract.machinery;

import static dev.rootmean.contract.machinery.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.Precision.Rounding;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.RowGradients;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.Precisions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Gradients of rows that do not fit are refused, and change nothing. */
public interface RowsMisuseContract extends BackendUnderTest {
  int ROWS = 50;
  int WIDTH = 3;

  private RowTrial rowTrial() {
    return new RowTrial(backend(), Precision.of(type()), NamedRule.NESTEROV, ROWS, WIDTH);
  }

  private static void refused(String word, Executable call) {
    assertRefused(IllegalArgumentException.class, word, call);
  }

  @Test
  default void rowsThatAreNotThereAreRefused() {
    int[] good = {1, 2};
    try (RowTrial trial = rowTrial()) {
      RowGradients grads = trial.grads();
      RowTrial.add(grads, good, new double[2 * WIDTH]);
      for (int wrong : new int[] {-1, ROWS, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
        assertRefused(
            IndexOutOfBoundsException.class,
            "rows[2] is " + wrong + ": expected 0 to 49",
            () -> RowTrial.add(grads, new int[] {0, 49, wrong}, new double[3 * WIDTH]));
      }
      try (DeviceBuffer values = backend().allocate(type(), WIDTH)) {
        for (long wrong : new long[] {-1, ROWS, 1L << 32, Long.MIN_VALUE, Long.MAX_VALUE}) {
          assertRefused(
              IndexOutOfBoundsException.class,
              "rows[0] is " + wrong,
              () -> grads.add(new long[] {wrong}, values));
        }
      }
      assertEquals(2, grads.count(), "as before");
      trial.step(30, NumberKind.ORDINARY).check();
    }
  }

  @Test
  default void wrongGradientsOfRowsAreRefused() {
    try (RowTrial trial = rowTrial();
        OptimizerBackend another = openAnother();
        DeviceBuffer theirs = another.allocate(type(), WIDTH);
        DeviceBuffer four = backend().allocate(type(), 4);
        DeviceBuffer places = backend().allocate(DataType.INT32, WIDTH)) {
      RowGradients grads = trial.grads();
      int[] one = {7};
      refused("4 values for 1 rows of 3", () -> RowTrial.add(grads, one, new double[4]));
      refused("0 values", () -> RowTrial.add(grads, one, new double[0]));
      refused("4 values", () -> grads.add(one, four));
      refused("values of INT32", () -> grads.add(one, places));
      refused("values is", () -> grads.add(one, theirs));
      if (type() == DataType.FLOAT64) {
        refused("values of FLOAT32", () -> grads.add(one, new float[WIDTH]));
      } else {
        refused("values of FLOAT64", () -> grads.add(one, new double[WIDTH]));
      }
      DeviceBuffer closed = backend().allocate(type(), WIDTH);
      closed.close();
      assertRefused(IllegalStateException.class, "closed", () -> grads.add(one, closed));
      assertEquals(0, grads.count());
      assertRefused(IllegalStateException.class, "nothing to sum", grads::sums);
      refused("type BFLOAT16", () -> backend().allocateRows(DataType.BFLOAT16, 3, 3));
      for (long rows : new long[] {0, -1, 1L << 31, Long.MIN_VALUE}) {
        refused(rows + " rows", () -> backend().allocateRows(type(), rows, 3));
      }
      refused("0 elements", () -> backend().allocateRows(type(), 3, 0));
      trial.step(30, NumberKind.ORDINARY).check();
    }
  }

  @Test
  default void asManyRowsAsThereAreNotAreNotKept() {
    try (RowTrial trial = rowTrial()) {
      RowGradients grads = trial.grads();
      assertEquals(ROWS, grads.rows());
      RowTrial.add(grads, new int[] {3, 1}, new double[2 * WIDTH]);
      for (int wrong : new int[] {-1, 3, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
        refused(wrong + " of 2 rows: expected", () -> grads.truncate(wrong));
      }
      assertEquals(2, grads.count());
      grads.truncate(2);
      assertEquals(2, grads.count());
    }
  }

  @Test
  default void tablesThatDoNotFitAreRefused() {
    RmsProp rule = NamedRule.NESTEROV.rule();
    try (RowTrial trial = rowTrial();
        OptimizerBackend another = openAnother();
        RowGradients theirs = another.allocateRows(type(), ROWS, WIDTH);
        RowGradients wider = backend().allocateRows(type(), ROWS, WIDTH + 1);
        DeviceBuffer longer = backend().allocate(type(), ROWS * WIDTH + 1)) {
      trial.step(30, NumberKind.ORDINARY).check();
      DeviceBuffer p = trial.params().part();
      RowGradients g = trial.grads();
      RmsPropState state = trial.state();
      refused("151", () -> backend().stepRows(rule, longer, g, state));
      refused("150", () -> backend().stepRows(rule, p, wider, state));
      refused("148", () -> backend().stepRows(rule, p, g, state.slice(1, 148)));
      refused("grads", () -> backend().stepRows(rule, p, theirs, state));
      refused("overlap", () -> backend().stepRows(rule, state.squareAverage(), g, state));
      refused("momentum", () -> backend().stepRows(NamedRule.PLAIN.rule(), p, g, state));
      RowTrial.add(g, rowNumbers(), NumberKind.ORDINARY.take(type(), ROWS * WIDTH, 1));
      refused("overlap", () -> backend().stepRows(rule, g.sums(), g, state));
      trial.check();
    }
  }

  private static int[] rowNumbers() {
    int[] numbers = new int[ROWS];
    for (int i = 0; i < ROWS; i++) {
      numbers[i] = i;
    }
    return numbers;
  }

  @Test
  default void closedRowsAreRefused() {
    RmsProp rule = NamedRule.NESTEROV.rule();
    try (RowTrial trial = rowTrial()) {
      DeviceBuffer p = trial.params().part();
      RowGradients g = backend().allocateRows(type(), ROWS, WIDTH);
      RowTrial.add(g, new int[] {1, 1}, new double[2 * WIDTH]);
      DeviceBuffer sums = g.sums();
      g.close();
      g.close();
      assertRefused(
          IllegalStateException.class,
          "closed",
          () -> backend().stepRows(rule, p, g, trial.state()));
      assertRefused(IllegalStateException.class, "closed", g::clear);
      assertRefused(IllegalStateException.class, "closed", g::sums);
      assertRefused(IllegalStateException.class, "closed", sums::zero);
      trial.check();
    }
  }

  @Test
  default void typesThatHaveNoStepOfRows() {
    if (type() == DataType.FLOAT64) {
      return;
    }
    RmsProp rule = NamedRule.PLAIN.rule();
    DataType half = DataType.BFLOAT16;
    try (DeviceBuffer params = backend().allocate(half, ROWS * WIDTH);
        RowGradients grads = backend().allocateRows(type(), ROWS, WIDTH);
        RmsPropState state = RmsPropState.allocate(backend(), rule, half, ROWS * WIDTH)) {
      refused(
          "expected one of these: params FLOAT32, grads FLOAT32",
          () -> backend().stepRows(rule, params, grads, state));
    }
  }

  /** The table as a whole, as nobody has looked at which rows they are. */
  @Test
  default void anAttemptIsRoundedByOnce() {
    for (Precision precision : Precisions.ofRows(type())) {
      if (precision.rounding() == Rounding.RANDOM) {
        RmsProp rule = NamedRule.NESTEROV.rule();
        try (RowTrial trial = new RowTrial(backend(), precision, NamedRule.NESTEROV, ROWS, WIDTH)) {
          trial.step(new int[] {4}, new double[WIDTH]).check();
          RowGradients g = trial.grads();
          g.clear();
          RowTrial.add(g, new int[] {5}, new double[WIDTH]);
          assertRefused(
              IllegalStateException.class,
              "attempt",
              () -> backend().stepRows(rule, trial.params().part(), g, trial.state()));
          trial.check();
        }
      }
    }
  }

  @Test
  default void measurementsOfSeveralThatDoNotFit() {
    DataType other = type() == DataType.FLOAT64 ? DataType.FLOAT32 : DataType.FLOAT64;
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(3);
    try (DeviceBuffer one = backend().allocate(type(), 5);
        DeviceBuffer two = backend().allocate(type(), 5);
        GradientDecision decision = GradientDecision.allocate(backend(), policy, type(), 10)) {
      refused("no gradients", () -> backend().measure(List.of(), decision));
      refused("room for", () -> backend().measure(List.of(one, two), decision));
      if (backend().info().dataTypes().contains(other)) {
        try (DeviceBuffer three = backend().allocate(other, 5)) {
          refused(
              "decision has type " + type(),
              () -> backend().measure(List.of(one, three), decision));
        }
      }
    }
  }
}
