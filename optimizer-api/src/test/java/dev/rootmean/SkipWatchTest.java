package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.GradientPolicy.NonFinite;
import dev.rootmean.contract.LogCapture;
import dev.rootmean.contract.ScalarDevice;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Steps that are skipped are told, and not too often. */
class SkipWatchTest {
  private final LogCapture log = LogCapture.of(SkipWatch.class);
  private final OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());

  @BeforeEach
  void capture() {
    log.start();
  }

  @AfterEach
  void release() {
    log.stop();
    backend.close();
  }

  private Optimizer optimizer(GradientPolicy policy) {
    return Optimizer.builder(backend, Layers.RULE).parameter("w", 1).policy(policy).build();
  }

  private static void step(Optimizer optimizer, int count, float gradient) {
    for (int i = 0; i < count; i++) {
      optimizer.gradient("w").write(new float[] {gradient});
      optimizer.step();
    }
  }

  /** Finite gradients whose norm overflows: clipping must not be off, in silence, just for them. */
  @Test
  void aNormThatOverflowsIsToldOnce() {
    try (Optimizer optimizer = optimizer(GradientPolicy.NONE.withNormClip(1))) {
      step(optimizer, 3, 3e19f);
      step(optimizer, SkipWatch.INTERVAL - 3, 1);
      assertEquals(List.of(), log.lines(), "no one has looked yet");
      step(optimizer, 2 * SkipWatch.INTERVAL, 3e19f);
      assertEquals(1, log.lines().size(), log::text);
      assertTrue(log.text().startsWith("WARNING steps are skipped, 3 so far"), log.text());
    }
  }

  @Test
  void whoeverAsksIsTold() {
    try (Optimizer optimizer = optimizer(GradientPolicy.NONE.withNormClip(1))) {
      step(optimizer, 1, Float.NaN);
      assertEquals(0, optimizer.stepCount());
      assertEquals(1, optimizer.skippedSteps());
      assertEquals(1, log.lines().size(), log::text);
    }
  }

  /** A dynamic loss scale skips now and then: only a row of skips is worth a word. */
  @Test
  void aLossScaleThatDoesNotHelpIsTold() {
    LossScale scale = new LossScale(1024, 2, 0.5, 2000, 16);
    try (Optimizer optimizer = optimizer(GradientPolicy.NONE.withLossScale(scale))) {
      step(optimizer, SkipWatch.MANY_IN_A_ROW - 1, Float.NaN);
      optimizer.skippedSteps();
      step(optimizer, 1, 1);
      optimizer.skippedSteps();
      assertEquals(List.of(), log.lines());
      step(optimizer, 3 * SkipWatch.MANY_IN_A_ROW, Float.NaN);
      optimizer.progress();
      assertEquals(1, log.lines().size(), log::text);
      assertTrue(log.text().contains("it is 16.0 now, and its least value is 16.0"), log.text());
      step(optimizer, 1, 1);
      step(optimizer, 2 * SkipWatch.MANY_IN_A_ROW, Float.NaN);
      optimizer.skippedSteps();
      assertEquals(2, log.lines().size(), log::text);
    }
  }

  /** Wherever it falls between two looks. */
  @Test
  void fiftyInARowAreToldInAnyCase() {
    for (int before = 0; before < SkipWatch.INTERVAL; before++) {
      LossScale scale = new LossScale(1024, 2, 0.5, 2000, 16);
      try (Optimizer optimizer = optimizer(GradientPolicy.NONE.withLossScale(scale))) {
        step(optimizer, before, 1);
        step(optimizer, 50, Float.NaN);
        step(optimizer, SkipWatch.INTERVAL, 1);
      }
      assertEquals(before + 1, log.lines().size(), log::text);
    }
  }

  @Test
  void whatIsAskedForOrThrownIsNotToldToo() {
    GradientPolicy clipping = GradientPolicy.NONE.withNormClip(1);
    try (Optimizer ignoring = optimizer(clipping.withNonFinite(NonFinite.IGNORE));
        Optimizer throwing = optimizer(clipping.withNonFinite(NonFinite.THROW))) {
      step(ignoring, 1, Float.NaN);
      assertThrows(ArithmeticException.class, () -> step(throwing, 1, Float.NaN));
      assertEquals(0, ignoring.skippedSteps());
      assertEquals(1, throwing.skippedSteps());
      assertEquals(List.of(), log.lines());
    }
  }
}
