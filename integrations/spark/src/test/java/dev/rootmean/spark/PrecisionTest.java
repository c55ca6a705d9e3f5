package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.rootmean.DataType;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Precision;
import dev.rootmean.Preset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Accumulators in 16 bits: the random bits are those of one process, wherever shards begin. */
@StartsSpark
class PrecisionTest {
  private static final int WORKERS = 2;
  private static final int STEPS = 5;

  @TempDir private Path folder;

  private ShardedTraining resume(Problem problem, int shards) throws IOException {
    return problem
        .builder(LocalSpark.get(), folder)
        .checkpoints(folder, 3)
        .shards(shards)
        .resume(
            Problem.data(LocalSpark.get(), WORKERS), Problem.function(problem.lengths().size()));
  }

  /** What is lost is computed again by the bits of its own steps, and so is what goes on. */
  @ParameterizedTest
  @CsvSource({"1, 3", "7, 1", "3, 2"})
  void cutAnywhereAndLostAndResumed(int first, int second) throws IOException {
    Problem floats =
        Problem.of(Preset.PYTORCH.rule().toBuilder().momentum(0.9).centered(true).build())
            .with(GradientPolicy.NONE.withNormClip(0.5))
            .with(20_000, 5, 300, 17_000); // the second group is not where the first one ends
    Problem problem =
        floats.with(Precision.FLOAT32.withAccumulators(DataType.BFLOAT16).withSeed(1L << 40));
    try (ShardedTraining training = resume(problem, first)) {
      training.run(2);
      DeviceStore.clear();
      training.run(2);
      assertEquals(0, Problem.differences(problem.reference(WORKERS, 4), training.parameters()));
    }
    try (ShardedTraining training = resume(problem, second)) {
      assertEquals(3, training.steps());
      training.run(STEPS - 3);
      Map<String, float[]> found = training.parameters();
      assertEquals(0, Problem.differences(problem.reference(WORKERS, STEPS), found));
      assertNotEquals(0, Problem.differences(floats.reference(WORKERS, STEPS), found));
    }
  }
}
