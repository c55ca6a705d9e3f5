package dev.rootmean;

import static dev.rootmean.LearningRateSchedule.constant;
import static dev.rootmean.LearningRateSchedule.cosine;
import static dev.rootmean.LearningRateSchedule.exponentialDecay;
import static dev.rootmean.LearningRateSchedule.inverseTimeDecay;
import static dev.rootmean.LearningRateSchedule.linear;
import static dev.rootmean.LearningRateSchedule.oneCycle;
import static dev.rootmean.LearningRateSchedule.stepDecay;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers worked by hand are exact in binary, or say how far they are rounded. */
class LearningRateScheduleTest {
  private static final LearningRateSchedule STEP_NUMBERS = step -> step;

  private static void assertExactly(LearningRateSchedule schedule, double... expected) {
    assertNearly(0, schedule, expected);
  }

  private static void assertNearly(
      double rounded, LearningRateSchedule schedule, double... expected) {
    double[] found =
        LongStream.range(0, expected.length).mapToDouble(schedule::learningRate).toArray();
    assertArrayEquals(expected, found, rounded);
  }

  @Test
  void constantStays() {
    assertExactly(constant(0.1), 0.1, 0.1, 0.1);
    assertEquals(0.1, constant(0.1).learningRate(Long.MAX_VALUE));
  }

  @Test
  void stepDecayFallsEveryFewSteps() {
    assertExactly(stepDecay(8, 3, 0.5), 8, 8, 8, 4, 4, 4, 2, 2, 2, 1);
    // PyTorch's documentation of StepLR: 0.05 before 30, 0.005 before 60, 0.0005 before 90.
    LearningRateSchedule documented = stepDecay(0.05, 30, 0.1);
    assertEquals(0.05, documented.learningRate(29));
    assertEquals(0.005, documented.learningRate(30), 1e-17);
    assertEquals(0.005, documented.learningRate(59), 1e-17);
    assertEquals(0.0005, documented.learningRate(89), 1e-18);
  }

  @Test
  void exponentialDecayMultipliesEachStep() {
    assertExactly(exponentialDecay(8, 0.5), 8, 4, 2, 1, 0.5);
    assertExactly(exponentialDecay(8, 0), 8, 0, 0);
    // PyTorch's documentation of SequentialLR: 0.05, 0.045, 0.0405 by a factor of 0.9.
    assertNearly(1e-17, exponentialDecay(0.05, 0.9), 0.05, 0.045, 0.0405);
  }

  @Test
  void inverseTimeDecayDivides() {
    assertExactly(inverseTimeDecay(6, 0.5), 6, 4, 3, 2.4, 2);
    // Keras's documentation: 0.1 / (1 + 0.5 * step / 1.0)
    assertNearly(1e-17, inverseTimeDecay(0.1, 0.5), 0.1, 0.2 / 3, 0.05, 0.04);
  }

  @Test
  void linearGoesBothWaysAndStays() {
    assertExactly(linear(1, 3, 4), 1, 1.5, 2, 2.5, 3, 3, 3);
    assertExactly(linear(3, 1, 4), 3, 2.5, 2, 1.5, 1, 1, 1);
  }

  @Test
  void cosineGoesBothWaysAndStays() {
    double root = Math.sqrt(0.5); // cos(π/4)
    assertNearly(1e-15, cosine(2, 0, 4), 2, 1 + root, 1, 1 - root, 0, 0, 0);
    assertNearly(1e-15, cosine(0, 2, 4), 0, 1 - root, 1, 1 + root, 2, 2, 2);
    assertNearly(1e-15, cosine(5, 1, 3), 5, 4, 2, 1, 1);
  }

  @Test
  void rampsBeginAndEndExactly() {
    for (double from : new double[] {0, 1e-300, 0.1, 0.3, Float.MAX_VALUE}) {
      for (double to : new double[] {0, 1e-300, 0.1, 0.3, Float.MAX_VALUE}) {
        for (LearningRateSchedule ramp : List.of(linear(from, to, 7), cosine(from, to, 7))) {
          assertEquals(from, ramp.learningRate(0));
          assertEquals(to, ramp.learningRate(7));
          assertEquals(to, ramp.learningRate(Long.MAX_VALUE));
        }
      }
    }
  }

  @Test
  void oneCycleRisesAndFalls() {
    // PyTorch's own test of OneCycleLR, with max_lr 25 and ten steps, begins with 1, 13, 25; and
    // ends with max_lr / div_factor / final_div_factor, which is 1 / 10,000 by default.
    assertNearly(1e-14, oneCycle(25, 10), 1, 13, 25);
    assertEquals(1e-4, oneCycle(25, 10).learningRate(9));
    assertEquals(1e-4, oneCycle(25, 10).learningRate(10));
    // Down from 25 in seven steps: after one, (25 + 1e-4) / 2 + (25 - 1e-4) / 2 * cos(π / 7).
    assertEquals(23.7621158003, oneCycle(25, 10).learningRate(3), 5e-11);
  }

  @Test
  void oneCycleOfAFewStepsOnlyFalls() {
    assertExactly(oneCycle(25, 1), 1e-4, 1e-4);
    // The peak would be at step -0.4: two sevenths of the way down at step 0.
    double weight = (1 - Math.cos(Math.PI * 2 / 7)) / 2;
    assertNearly(1e-14, oneCycle(25, 2), 25 * (1 - weight) + 1e-4 * weight, 1e-4);
  }

  @Test
  void thenCountsItsOwnSteps() {
    assertExactly(STEP_NUMBERS.then(3, STEP_NUMBERS), 0, 1, 2, 0, 1, 2, 3);
    assertExactly(
        constant(7).then(1, constant(8)).then(2, STEP_NUMBERS.then(1, constant(9))), 7, 8, 0, 9);
  }

  @Test
  void warmupIsHuggingFaces() {
    // The numbers of test_schedulers in transformers' tests/optimization/test_optimization.py, for
    // a learning rate of 10; those of the cosine with that test's tolerance, since they are cut.
    assertExactly(constant(10).afterWarmup(4), 0, 2.5, 5, 7.5, 10, 10, 10, 10, 10, 10);
    assertExactly(linear(10, 0, 8).afterWarmup(2), 0, 5, 10, 8.75, 7.5, 6.25, 5, 3.75, 2.5, 1.25);
    assertNearly(
        0.01, cosine(10, 0, 8).afterWarmup(2), 0, 5, 10, 9.61, 8.53, 6.91, 5, 3.08, 1.46, 0.38);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE})
  void aStepBelowZeroIsRefused(long step) {
    for (LearningRateSchedule schedule :
        List.of(
            constant(1),
            stepDecay(1, 3, 0.5),
            exponentialDecay(1, 0.5),
            inverseTimeDecay(1, 1),
            linear(1, 0, 3),
            cosine(1, 0, 3),
            oneCycle(1, 3),
            constant(1).then(3, constant(1)),
            constant(1).afterWarmup(3))) {
      assertRefused("step " + step + ": expected at least 0", () -> schedule.learningRate(step));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, Double.NaN, Double.POSITIVE_INFINITY, Double.MAX_VALUE})
  void aWrongRateIsRefused(double rate) {
    String expected = " " + rate + ": expected a number from 0 to 3.4028234663852886E38";
    assertRefused("learningRate" + expected, () -> constant(rate));
    assertRefused("learningRate" + expected, () -> stepDecay(rate, 3, 0.5));
    assertRefused("learningRate" + expected, () -> exponentialDecay(rate, 0.5));
    assertRefused("learningRate" + expected, () -> inverseTimeDecay(rate, 1));
    assertRefused("decay" + expected, () -> inverseTimeDecay(1, rate));
    assertRefused("from" + expected, () -> linear(rate, 0, 3));
    assertRefused("to" + expected, () -> linear(0, rate, 3));
    assertRefused("from" + expected, () -> cosine(rate, 0, 3));
    assertRefused("to" + expected, () -> cosine(0, rate, 3));
    assertRefused("highest" + expected, () -> oneCycle(rate, 3));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.5, 1.5, Double.NaN})
  void aWrongFactorIsRefused(double factor) {
    String expected = "factor " + factor + ": expected a number from 0 to 1";
    assertRefused(expected, () -> stepDecay(1, 3, factor));
    assertRefused(expected, () -> exponentialDecay(1, factor));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void aWrongNumberOfStepsIsRefused(long steps) {
    String expected = "steps " + steps + ": expected at least 1";
    assertRefused("every " + steps + ": expected at least 1", () -> stepDecay(1, steps, 0.5));
    assertRefused(expected, () -> linear(1, 0, steps));
    assertRefused(expected, () -> cosine(1, 0, steps));
    assertRefused(expected, () -> oneCycle(1, steps));
    assertRefused(expected, () -> constant(1).then(steps, constant(1)));
    assertRefused(expected, () -> constant(1).afterWarmup(steps));
  }

  @Test
  void nothingThenIsNamed() {
    String message =
        assertThrows(NullPointerException.class, () -> constant(1).then(1, null)).getMessage();
    assertTrue(message.contains("next"), message);
  }

  private static void assertRefused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
