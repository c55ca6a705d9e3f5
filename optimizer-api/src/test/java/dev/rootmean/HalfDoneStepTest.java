package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a step that a backend, or a schedule, throws in the middle of. */
class HalfDoneStepTest {
  private static final GradientPolicy POLICY =
      GradientPolicy.NONE
          .withNormClip(1)
          .withMicroBatches(3)
          .withLossScale(new LossScale(8, 2, 0.5, 1, 1));

  private final CountingDevice device = new CountingDevice();
  private final OptimizerBackend backend = device.open();

  @AfterEach
  void nothingIsLeft() {
    assertEquals(0, device.held, "buffers that are not freed");
    backend.close();
  }

  private Optimizer scheduled() {
    return Layers.on(backend).policy(POLICY).schedule(step -> 0.1 / (step + 1)).build();
  }

  /**
   * A step is a copy and two additions of micro-batches, the two halves of a measurement, and three
   * groups. Those before the second addition launch nothing of a step, and whoever calls again
   * begins anew.
   */
  @ParameterizedTest
  @CsvSource({
    "1, false",
    "2, false",
    "3, false",
    "4, true",
    "5, true",
    "6, true",
    "7, true",
    "8, true",
    "9, false",
    "12, true",
    "13, true",
    "16, true"
  })
  void aRefusedCallIsMadeUpFor(int refused, boolean halfDone) {
    for (boolean byError : new boolean[] {false, true}) {
      device.refusesByError = byError;
      try (Optimizer whole = scheduled();
          Optimizer refusing = scheduled()) {
        int left = refused;
        for (int batch = 0; batch < 6; batch++) {
          Layers.write(whole, batch);
          Layers.write(refusing, batch);
          boolean stepped = whole.step();
          device.callsUntilRefused = left;
          boolean steppedToo;
          try {
            steppedToo = refusing.step();
          } catch (DeviceOutOfMemoryException | OutOfMemoryError e) {
            steppedToo = halfDone ? refusing.retryStep() : refusing.step();
          }
          assertEquals(stepped, steppedToo);
          left = device.callsUntilRefused;
          device.callsUntilRefused = Integer.MAX_VALUE;
        }
        assertTrue(left <= 0, "one call was refused");
        assertEquals(2, refusing.stepCount());
        assertEquals(whole.progress(), refusing.progress());
        assertSameParameters(whole, refusing);
      }
    }
  }

  private static void assertSameParameters(Optimizer expected, Optimizer found) {
    double[] values = new double[(int) expected.parameters().length()];
    Elements.read(expected.parameters(), values);
    Bits.assertHolds("the parameters", found.parameters(), values);
  }

  /** The gradients of the next batch never meet the decision on the last one. */
  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void anotherStepIsRefusedUntilTheHalfDoneOneIsGivenUp(int refused) {
    try (Optimizer optimizer =
        Layers.on(backend).policy(GradientPolicy.NONE.withNormClip(1)).build()) {
      Layers.write(optimizer, 1);
      device.callsUntilRefused = refused; // after the measurement, or after one or two groups
      assertThrows(DeviceOutOfMemoryException.class, optimizer::step);
      for (Executable call : List.<Executable>of(optimizer::step, optimizer::progress)) {
        String message = assertThrows(IllegalStateException.class, call).getMessage();
        String expected = "step 1 is half done, " + (refused - 3) + " of 3 launches";
        assertEquals(expected + ": retryStep() or abandonStep()", message);
      }
      assertEquals(refused - 3, device.launches, "nothing was launched by them");
      optimizer.abandonStep();
      double[] before = new double[7];
      Elements.read(optimizer.parameter("a.bias"), before);
      assertEquals(refused == 5, before[0] != 0, "a group that has taken it keeps it");
      Layers.write(optimizer, 2);
      double norm = 0;
      for (String name : optimizer.names()) {
        for (double g : Layers.gradient(optimizer, name, 2)) {
          norm += g * g;
        }
      }
      assertTrue(optimizer.step());
      assertEquals(Math.sqrt(norm), optimizer.gradientNorm(), 1e-5);
      assertEquals(2, optimizer.progress().attempts());
    }
  }

  @Test
  void gatheredMicroBatchesGoWithTheStepThatIsGivenUp() {
    try (Optimizer optimizer = scheduled()) {
      assertFalse(optimizer.step());
      assertFalse(optimizer.step());
      device.callsUntilRefused = 2; // the measurement
      assertThrows(DeviceOutOfMemoryException.class, optimizer::step);
      optimizer.abandonStep();
      assertEquals(0, optimizer.progress().gatheredMicroBatches());
      assertFalse(optimizer.step(), "the first of the next three");
    }
  }

  @Test
  void onlyWhatIsHalfDoneIsRetriedOrGivenUp() {
    try (Optimizer optimizer = Layers.on(backend).build()) {
      assertThrows(IllegalStateException.class, optimizer::retryStep);
      assertThrows(IllegalStateException.class, optimizer::abandonStep);
      device.callsUntilRefused = 1;
      assertThrows(DeviceOutOfMemoryException.class, optimizer::step);
      assertThrows(IllegalStateException.class, optimizer::retryStep);
      assertThrows(IllegalStateException.class, optimizer::abandonStep);
      optimizer.step();
      assertEquals(1, optimizer.stepCount());
    }
  }

  /** A learning rate that is set meanwhile is the next step's. */
  @Test
  void aStepKeepsTheRulesThatItWasBegunWith() {
    try (Optimizer whole = Layers.on(backend).build();
        Optimizer refusing = Layers.on(backend).build()) {
      Layers.write(whole, 1);
      Layers.write(refusing, 1);
      whole.step();
      device.callsUntilRefused = 2;
      assertThrows(DeviceOutOfMemoryException.class, refusing::step);
      refusing.learningRate(0.7);
      assertTrue(refusing.retryStep());
      assertSameParameters(whole, refusing);
      assertEquals(0.7, refusing.learningRate());
    }
  }

  /** What a schedule answers is known to be good before anything moves. */
  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, -1, Double.POSITIVE_INFINITY, Double.MAX_VALUE, 0})
  void aScheduleThatFailsOnceLosesNothing(double answer) {
    double[] next = {0.1};
    LearningRateSchedule schedule =
        step -> {
          if (next[0] == 0) {
            throw new UnsupportedOperationException("for once");
          }
          return next[0];
        };
    try (Optimizer optimizer = Layers.on(backend).policy(POLICY).schedule(schedule).build();
        Optimizer whole = Layers.on(backend).policy(POLICY).schedule(step -> 0.1).build()) {
      for (int batch = 0; batch < 3; batch++) {
        Layers.write(optimizer, batch);
        Layers.write(whole, batch);
        boolean due = whole.step();
        if (due) {
          next[0] = answer;
          assertThrows(RuntimeException.class, optimizer::step);
          assertEquals(2, optimizer.progress().gatheredMicroBatches());
          next[0] = 0.1;
        }
        assertEquals(due, optimizer.step());
      }
      assertEquals(1, optimizer.stepCount());
      assertSameParameters(whole, optimizer);
    }
  }
}
