package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.CheckedSteps;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.Precisions;
import dev.rootmean.contract.machinery.BlockTrial;
import dev.rootmean.contract.machinery.BlockTrial.Place;
import dev.rootmean.contract.machinery.RowTrial;
import dev.rootmean.spi.Kernel;
import java.util.Arrays;
import java.util.List;
import org.jocl.CL;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Launches are cut to what a driver takes, here to four work-groups, with the same bits; so are
 * copies, here to as many bytes; and nothing that lies further than that in a buffer is filled.
 */
@Tag("any-jdk")
class CutLaunchesTest {
  private static final int MOST = 1024;
  private static final OpenClQueue.Limits LIMITS = new OpenClQueue.Limits(MOST, MOST, MOST);
  private static final int STEPS = 2;
  private static final String LAUNCH = "clEnqueueNDRangeKernel";
  private static final String FILL = "clEnqueueFillBuffer";
  private static final String COPY = "clEnqueueCopyBuffer";
  private static final GradientPolicy POLICY =
      GradientPolicy.NONE.withNormClip(0.5).withMicroBatches(2);

  private final PlantedDriver planted = new PlantedDriver();

  @BeforeEach
  void pocl() {
    Pocl.demand();
    planted.plant(
        (call, arguments) -> {
          switch (call) {
            case LAUNCH -> assertAtMost(((long[]) arguments[2])[0], call);
            case FILL -> assertAtMost((long) arguments[4] + (long) arguments[5], call);
            case COPY -> assertAtMost((long) arguments[5], call);
            default -> {}
          }
          return CL.CL_SUCCESS;
        });
  }

  private static void assertAtMost(long length, String call) {
    assertTrue(length <= MOST, () -> call + " of " + length);
  }

  private OptimizerBackend open(boolean wide) {
    return new OpenClProvider(planted::driver, device -> wide ? 1 : 0, LIMITS).open(Pocl.DEVICE);
  }

  private static long parts(long elements) {
    return (elements + MOST - 1) / MOST;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void stepsComeOutTheSame(boolean wide) {
    try (OptimizerBackend backend = open(wide)) {
      for (DataType type : backend.info().dataTypes()) {
        CheckedSteps.run(backend, type, NamedRule.PLAIN, NumberKind.ORDINARY, 1, 0); // now proven
        for (NamedRule rule : NamedRule.VARIANTS) {
          for (int length : new int[] {1, 1023, 1024, 1025, 2048, 4099}) {
            for (int at : new int[] {0, 1, 4}) { // whole, unaligned, aligned
              long before = planted.count(LAUNCH);
              CheckedSteps.run(backend, type, rule, NumberKind.ORDINARY, length, at);
              assertEquals(STEPS * parts(length), planted.count(LAUNCH) - before);
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void soDoMeasuredOnes(boolean wide) {
    int chunks = MOST / 256; // that one launch sums
    try (OptimizerBackend backend = open(wide)) {
      for (DataType type : backend.info().dataTypes()) {
        for (int length : new int[] {5, chunks * 16_384, 2 * chunks * 16_384 + 7}) {
          CheckedSteps.underPolicy(
              backend, type, NamedRule.NESTEROV_CENTERED_MAXIMIZE, POLICY, length, 1);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void soDoThoseWithGradientsOfFewerBits(boolean wide) {
    Precision precision = Precision.FLOAT32.withGradients(DataType.BFLOAT16);
    NamedRule rule = NamedRule.NESTEROV_CENTERED_MAXIMIZE;
    try (OptimizerBackend backend = open(wide)) {
      for (int at : new int[] {0, 1, 4}) {
        CheckedSteps.run(backend, precision, rule, NumberKind.ORDINARY, 2051, at);
        CheckedSteps.underPolicy(backend, precision, rule, POLICY, 5 * Kernel.CHUNK - 3, at);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 50, 300, 3_000})
  void soDoRowsOfTables(int width) {
    int rows = 40_000 / width;
    try (OptimizerBackend backend = open(false)) {
      for (Precision precision : List.of(Precision.FLOAT32, Precision.BFLOAT16)) {
        Precision ofRows = precision.withGradients(DataType.FLOAT32);
        NamedRule rule = NamedRule.NESTEROV_CENTERED_MAXIMIZE;
        try (RowTrial trial = new RowTrial(backend, ofRows, rule, rows, width)) {
          trial.step(2 * rows, NumberKind.ORDINARY).check(); // the first proves the families
          long before = planted.count(LAUNCH);
          trial.step(2 * rows, NumberKind.ORDINARY).check();
          assertTrue(planted.count(LAUNCH) - before >= 2 * 2); // sums and steps, each cut
        }
      }
    }
  }

  @Test
  void soDoBlocks() {
    int blocks = 4; // that one launch does
    NamedRule rule = NamedRule.NESTEROV_CENTERED_MAXIMIZE;
    try (OptimizerBackend backend = open(false)) {
      for (Precision precision : Precisions.inBlocks()) {
        for (int length : new int[] {blocks * 1024, blocks * 1024 + 1, 3 * blocks * 1024 - 5}) {
          try (BlockTrial trial =
              new BlockTrial(backend, precision, rule, length, new Place(1, 3, 1))) {
            trial.steps(1, NumberKind.ORDINARY).check();
            long before = planted.count(LAUNCH);
            trial.steps(1, NumberKind.ORDINARY).check();
            assertEquals((length - 1) / (blocks * 1024) + 1, planted.count(LAUNCH) - before);
          }
        }
      }
    }
  }

  @Test
  void aSumIsCutByChunks() {
    long length = 9 * Kernel.CHUNK - 5; // four, four and the last
    try (OptimizerBackend backend = open(false);
        DeviceBuffer grads = backend.allocate(DataType.FLOAT32, length);
        GradientDecision decision =
            GradientDecision.allocate(backend, POLICY, DataType.FLOAT32, length)) {
      backend.measure(grads, decision); // the first of a family proves it before
      long before = planted.count(LAUNCH);
      backend.measure(grads, decision);
      assertEquals(3 + 1, planted.count(LAUNCH) - before);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 128, 129, 1000})
  void zerosAndCopiesAreWhole(int length) {
    try (OptimizerBackend backend = open(false);
        DeviceBuffer buffer = backend.allocate(DataType.FLOAT64, length + 2);
        DeviceBuffer copy = backend.allocate(DataType.FLOAT64, length + 2)) {
      double[] values = new double[length + 2];
      Arrays.setAll(values, i -> i + 1);
      buffer.write(values);
      copy.slice(0, length).copyFrom(buffer.slice(1, length));
      buffer.slice(1, length).zero();
      double[] copied = new double[length + 2];
      Arrays.setAll(copied, i -> i < length ? i + 2 : 0);
      double[] zeroed = new double[length + 2];
      zeroed[0] = 1;
      zeroed[length + 1] = length + 2;
      assertArrayEquals(copied, read(copy));
      assertArrayEquals(zeroed, read(buffer));
    }
  }

  @Test
  void zerosThatCannotBeCopiedAreNotToldAsFilled() {
    try (OptimizerBackend backend = open(false);
        DeviceBuffer buffer = backend.allocate(DataType.FLOAT32, MOST)) {
      planted.plant(
          (call, arguments) -> call.equals(COPY) ? CL.CL_INVALID_OPERATION : CL.CL_SUCCESS);
      BackendException e = assertThrows(BackendException.class, buffer::zero);
      assertEquals(COPY, e.operation());
    }
  }

  /** What zeros are copied from is the device's memory too. */
  @Test
  void theZerosThatAreCopiedCountAsTaken() {
    FoundDevice found = Pocl.device();
    FoundDevice small =
        new FoundDevice(
            found.platform(),
            found.id(),
            found.platformName(),
            "small",
            found.type(),
            10_000,
            10_000,
            found.largestGroup(),
            true,
            true,
            true);
    OpenClQueue queue = OpenClQueue.open(planted.driver(), small, LIMITS);
    try (OptimizerBackend backend = OpenClDevice.open(queue, 0);
        DeviceBuffer buffer = backend.allocate(DataType.FLOAT32, MOST)) {
      assertEquals(MOST, buffer.length());
      BackendException e =
          assertThrows(BackendException.class, () -> backend.allocate(DataType.FLOAT32, 1500));
      assertEquals(
          "opencl: allocate: 6,000 bytes: 5,120 of the 10,000 bytes of small are taken",
          e.getMessage());
    }
  }

  private static double[] read(DeviceBuffer buffer) {
    double[] values = new double[(int) buffer.length()];
    buffer.read(values);
    return values;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1024, 1025, 3000})
  void sumsOfBuffersComeOutTheSame(int length) {
    try (OptimizerBackend backend = open(false);
        DeviceBuffer target = backend.allocate(DataType.FLOAT64, length + 1);
        DeviceBuffer addend = backend.allocate(DataType.FLOAT64, length + 1)) {
      target.add(addend); // zeros; the first of a family proves it before
      double[] values = new double[length + 1];
      double[] sums = new double[length + 1];
      for (int i = 0; i <= length; i++) {
        values[i] = i + 0.5;
        sums[i] = i == 0 ? 0.5 : 2 * i; // the addend is one element behind
      }
      target.write(values);
      addend.write(values);
      long before = planted.count(LAUNCH);
      target.slice(1, length).add(addend.slice(0, length));
      assertEquals(parts(length), planted.count(LAUNCH) - before);
      assertArrayEquals(sums, read(target));
    }
  }

  /** Half a step is neither the old values nor the new ones. */
  @Test
  void aStepThatFailsBetweenItsLaunchesIsALoss() {
    RmsProp rule = NamedRule.PLAIN.rule();
    try (OptimizerBackend backend = open(false);
        DeviceBuffer params = backend.allocate(DataType.FLOAT32, 2 * MOST);
        DeviceBuffer grads = backend.allocate(DataType.FLOAT32, 2 * MOST);
        RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, 2 * MOST)) {
      failLaunch(1);
      BackendException first =
          assertThrows(BackendException.class, () -> backend.step(rule, params, grads, state));
      assertEquals(CL.CL_OUT_OF_RESOURCES, first.nativeCode());
      backend.step(rule, params, grads, state);
      failLaunch(2);
      assertThrows(DeviceLostException.class, () -> backend.step(rule, params, grads, state));
      assertThrows(DeviceLostException.class, backend::synchronize);
    }
  }

  private void failLaunch(int nth) {
    long before = planted.count(LAUNCH);
    planted.plant(
        (call, arguments) ->
            call.equals(LAUNCH) && planted.count(LAUNCH) == before + nth
                ? CL.CL_OUT_OF_RESOURCES
                : CL.CL_SUCCESS);
  }
}
