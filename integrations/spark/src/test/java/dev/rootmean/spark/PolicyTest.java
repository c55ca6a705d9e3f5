package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.GradientPolicy.NonFinite;
import dev.rootmean.Preset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A policy sees the gradients of all shards, in the order of one process. */
@StartsSpark
class PolicyTest {
  @TempDir private Path folder;

  private static final int STEPS = 4;
  private static final int WORKERS = 2;

  /** So that chunks of the norm, shards, tensors and groups begin and end at different places. */
  private static final Problem PROBLEM =
      Problem.of(Preset.KERAS.rule().toBuilder().momentum(0.9).build())
          .with(20_000, 5, 30_001, 17_000);

  private void check(Problem problem, int shards, long skipped) throws IOException {
    List<Double> norms = new ArrayList<>();
    Map<String, float[]> expected =
        problem.reference(WORKERS, STEPS, norms, (step, worker, tensor, gradient) -> {});
    try (ShardedTraining training = problem.training(LocalSpark.get(), folder, shards, WORKERS)) {
      List<Double> found = new ArrayList<>();
      training.run(STEPS, result -> found.add(result.gradientNorm()));
      if (problem.policy().measures()) {
        assertEquals(norms, found);
      }
      assertEquals(0, Problem.differences(expected, training.parameters()));
      assertEquals(skipped, training.metrics().skipped());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 7})
  void clipsByTheNormOfAllShards(int shards) throws IOException {
    check(PROBLEM.with(GradientPolicy.NONE.withNormClip(0.5, 1e-6)), shards, 0);
  }

  @Test
  void clipsByValue() throws IOException {
    check(PROBLEM.with(GradientPolicy.NONE.withValueClip(0.1)), 3, 0);
  }

  @Test
  void takesAConstantLossScaleOut() throws IOException {
    GradientPolicy scaled = GradientPolicy.NONE.withLossScale(LossScale.constant(1_024));
    check(PROBLEM.with(scaled), 3, 0);
    check(PROBLEM.with(scaled.withNormClip(0.5).withValueClip(0.001)), 4, 0);
  }

  @Test
  void skipsAllShardsAndHalvesALossScaleThatOverflows() throws IOException {
    LossScale dynamic = new LossScale(0x1p58, 2, 0.25, 2, 1);
    check(PROBLEM.with(GradientPolicy.NONE.withLossScale(dynamic)), 3, 2);
  }

  @Test
  void throwsWhereAskedToAndGoesOn() throws IOException {
    LossScale dynamic = new LossScale(0x1p58, 2, 0x1p-4, 2, 1);
    Problem problem =
        PROBLEM.with(GradientPolicy.NONE.withLossScale(dynamic).withNonFinite(NonFinite.SKIP_STEP));
    Map<String, float[]> expected = problem.reference(WORKERS, 2);
    Problem throwing = PROBLEM.with(problem.policy().withNonFinite(NonFinite.THROW));
    try (ShardedTraining training = throwing.training(LocalSpark.get(), folder, 3, WORKERS)) {
      ArithmeticException e = assertThrows(ArithmeticException.class, training::step);
      assertTrue(e.getMessage().contains("step 1 "), e.getMessage());
      training.step();
      assertEquals(2, training.steps());
      assertEquals(0, Problem.differences(expected, training.parameters()));
    }
  }

  @Test
  void refusesMicroBatches() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            ShardedTraining.builder(LocalSpark.get(), Preset.KERAS.rule())
                .policy(GradientPolicy.NONE.withMicroBatches(2)));
  }
}
