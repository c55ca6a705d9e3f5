package dev.rootmean.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.LearningRateSchedule;
import org.junit.jupiter.api.Test;

/** Each spelling gives the schedule of its name over what is left of the training's steps. */
class ScheduleOptionTest {
  private static final double RATE = 0.01;
  private static final long STEPS = 100;

  private static void assertMeans(LearningRateSchedule expected, String given) {
    LearningRateSchedule found = ScheduleOption.parse(given, RATE, STEPS);
    for (long step = 0; step < STEPS; step++) {
      assertEquals(expected.learningRate(step), found.learningRate(step), given);
    }
  }

  @Test
  void names() {
    assertMeans(LearningRateSchedule.constant(RATE), "constant");
    assertMeans(LearningRateSchedule.stepDecay(RATE, 30, 0.1), "step:30,0.1");
    assertMeans(LearningRateSchedule.exponentialDecay(RATE, 0.9), "exponential:0.9");
    assertMeans(LearningRateSchedule.inverseTimeDecay(RATE, 0.5), "inverse-time:0.5");
    assertMeans(LearningRateSchedule.linear(RATE, 0, 100), "linear");
    assertMeans(LearningRateSchedule.linear(RATE, 1e-4, 100), "linear:1e-4");
    assertMeans(LearningRateSchedule.cosine(RATE, 0, 100), "cosine");
    assertMeans(LearningRateSchedule.cosine(RATE, 1e-4, 100), "cosine:1e-4");
    assertMeans(LearningRateSchedule.oneCycle(RATE, 100), "one-cycle");
  }

  @Test
  void warmup() {
    assertMeans(LearningRateSchedule.cosine(RATE, 0, 80).afterWarmup(20), "warmup:20+cosine");
    assertMeans(LearningRateSchedule.constant(RATE).afterWarmup(99), "warmup:99+constant");
  }
}
