package dev.rootmean.contract.machinery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.RowGradients;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.Precisions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of a table that have gradients take a dense step's bits; all others keep theirs. */
public interface RowsContract extends BackendUnderTest {
  private RowTrial trial(NamedRule rule, int rows, int width) {
    return new RowTrial(backend(), Precision.of(type()), rule, rows, width);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 16, 31, 50, 64, 255, 256, 257, 300, 2_049, 3_000, 20_000})
  default void rowsOfEveryWidth(int width) {
    int rows = Math.max(3, Math.min(700, 80_000 / width));
    for (NamedRule rule : NamedRule.VARIANTS) {
      try (RowTrial trial = trial(rule, rows, width)) {
        trial.scramble(NumberKind.ORDINARY);
        trial.step(rows, NumberKind.ORDINARY).step(2 * rows, NumberKind.ORDINARY).check();
        int[] once = {rows - 1, 0, rows / 2};
        trial.step(once, NumberKind.ORDINARY.take(type(), once.length * width, 1)).check();
      }
    }
  }

  @Test
  default void rowsOfTablesInFewerBits() {
    for (Precision precision : Precisions.ofRows(type())) {
      for (NamedRule rule : NamedRule.VARIANTS) {
        for (int width : new int[] {1, 3, 16, 50, 300, 3_000}) {
          try (RowTrial trial = new RowTrial(backend(), precision, rule, 40, width)) {
            trial.step(30, NumberKind.ORDINARY).step(90, NumberKind.ORDINARY);
            trial.scramble(NumberKind.BITS).step(20, NumberKind.ORDINARY).check();
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  default void rowsOfAllKindsOfNumbers(NumberKind kind) {
    for (NamedRule rule : NamedRule.VARIANTS) {
      try (RowTrial trial = trial(rule, 100, 33)) {
        trial.scramble(kind).step(150, kind).step(30, kind).check();
      }
    }
  }

  /** A dense step sees zeros elsewhere, and would decay what they belong to. */
  @Test
  default void rowsAreSteppedAsADenseStepWould() {
    int rows = 60;
    int width = 17;
    RmsProp rule = NamedRule.NESTEROV_CENTERED_MAXIMIZE.rule();
    int[] numbers = {59, 3, 8, 3, 0};
    double[] values = NumberKind.ORDINARY.take(type(), numbers.length * width, 1);
    double[] table = NumberKind.ORDINARY.take(type(), rows * width, 2);
    double[] dense = new double[rows * width];
    Map<Integer, double[]> sums = RowTrial.sums(type(), numbers, values, width);
    sums.forEach((row, sum) -> System.arraycopy(sum, 0, dense, row * width, width));
    try (DeviceBuffer wanted = backend().allocate(type(), table.length);
        DeviceBuffer found = backend().allocate(type(), table.length);
        DeviceBuffer all = backend().allocate(type(), table.length);
        RowGradients some = backend().allocateRows(type(), rows, width);
        RmsPropState first = RmsPropState.allocate(backend(), rule, type(), table.length);
        RmsPropState second = RmsPropState.allocate(backend(), rule, type(), table.length)) {
      Elements.write(wanted, table);
      Elements.write(found, table);
      Elements.write(all, dense);
      RowTrial.add(some, numbers, values);
      for (int step = 0; step < 3; step++) {
        backend().step(rule, wanted, all, first);
        backend().stepRows(rule, found, some, second);
      }
      double[] stepped = new double[table.length];
      Elements.read(wanted, stepped);
      for (int row : numbers) {
        System.arraycopy(stepped, row * width, table, row * width, width);
      }
      Bits.assertHolds("the table", found, table);
    }
  }

  /** NaNs with their payloads too. */
  @Test
  default void otherRowsKeepEveryBit() {
    int rows = 50;
    int width = 7;
    RmsProp rule = NamedRule.NESTEROV_CENTERED_MAXIMIZE.rule();
    byte[] bits = new byte[rows * width * type().bytes()];
    new SplittableRandom(1).nextBytes(bits);
    try (DeviceBuffer params = backend().allocate(type(), (long) rows * width);
        RowGradients grads = backend().allocateRows(type(), rows, width);
        RmsPropState state = RmsPropState.allocate(backend(), rule, type(), (long) rows * width)) {
      List<DeviceBuffer> all =
          List.of(
              params,
              state.squareAverage(),
              state.momentum().orElseThrow(),
              state.gradientAverage().orElseThrow());
      all.forEach(buffer -> buffer.write(0, ByteBuffer.wrap(bits).order(ByteOrder.nativeOrder())));
      RowTrial.add(grads, new int[] {20, 4, 20}, new double[3 * width]);
      backend().stepRows(rule, params, grads, state);
      for (DeviceBuffer buffer : all) {
        byte[] found = new byte[bits.length];
        buffer.read(0, ByteBuffer.wrap(found).order(ByteOrder.nativeOrder()));
        for (int row : new int[] {4, 20}) {
          int at = row * width * type().bytes();
          System.arraycopy(bits, at, found, at, width * type().bytes());
        }
        assertArrayEquals(bits, found);
      }
    }
  }

  @Test
  default void rowsCanBeSteppedInTwoParts() {
    int width = 19;
    int[] numbers = {9, 2, 9, 4, 0};
    double[] values = NumberKind.ORDINARY.take(type(), numbers.length * width, 1);
    try (RowTrial whole = trial(NamedRule.NESTEROV, 10, width);
        RowTrial parts = trial(NamedRule.NESTEROV, 10, width)) {
      whole.step(numbers, values).check();
      parts.step(new int[] {9, 2, 9}, Arrays.copyOf(values, 3 * width));
      parts.step(new int[] {4, 0}, Arrays.copyOfRange(values, 3 * width, values.length)).check();
      assertArrayEquals(whole.params().expected(), parts.params().expected());
    }
  }

  /** What is kept for the next step grows, and may be longer than what the next step has. */
  @Test
  default void fewerAndMoreRowsStepAfterStep() {
    try (RowTrial trial = trial(NamedRule.MOMENTUM_CENTERED, 500, 13)) {
      for (int count : new int[] {5, 900, 1, 0, 300, 2_000, 2, 700}) {
        trial.step(count, NumberKind.ORDINARY).check();
      }
    }
  }

  @Test
  default void withoutRowsNothingChanges() {
    for (Precision precision : Precisions.ofRows(type())) {
      try (RowTrial trial = new RowTrial(backend(), precision, NamedRule.NESTEROV, 10, 5)) {
        trial.scramble(NumberKind.BITS).step(0, NumberKind.ORDINARY).check();
        assertEquals(0, trial.grads().distinct());
      }
    }
  }

  @Test
  default void rowsFollowThePolicy() {
    for (NamedRule rule : NamedRule.VARIANTS) {
      for (Precision precision : Precisions.ofRows(type())) {
        try (RowTrial trial = new RowTrial(backend(), precision, rule, 70, 300)) {
          trial.policy(PolicyContract.ALL);
          trial.step(40, NumberKind.ORDINARY).step(150, NumberKind.ORDINARY).check();
          int[] numbers = {3, 1, 3};
          double[] bad = NumberKind.ORDINARY.take(type(), 3 * 300, 1);
          bad[700] = Double.POSITIVE_INFINITY;
          trial.step(numbers, bad).check();
          trial.step(30, NumberKind.ORDINARY).check();
        }
      }
    }
  }

  /** By gradients on the device; what an array is sent by is garbage, as in any write. */
  @Test
  default void stepsOfRowsAllocateLittle() {
    int count = 2_000;
    int[] numbers = new SplittableRandom(1).ints(count, 0, 500).toArray();
    RmsProp rule = NamedRule.NESTEROV.rule();
    try (DeviceBuffer params = backend().allocate(type(), 1_000);
        DeviceBuffer values = backend().allocate(type(), 2L * count);
        RowGradients grads = backend().allocateRows(type(), 500, 2);
        RmsPropState state = RmsPropState.allocate(backend(), rule, type(), 1_000)) {
      long fresh =
          JavaHeap.least(
              20,
              100,
              i -> {
                grads.clear();
                grads.add(numbers, values);
                backend().stepRows(rule, params, grads, state);
              },
              backend()::synchronize);
      long kept =
          JavaHeap.least(
              20, 100, i -> backend().stepRows(rule, params, grads, state), backend()::synchronize);
      assertEquals(0, kept, "bytes on the Java heap for 100 steps by the same gradients");
      long each = fresh / 100;
      assertTrue(each <= 512, each + " bytes for a step by others: less than a byte a number");
    }
  }
}
