package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.rootmean.LearningRateSchedule;
import dev.rootmean.Preset;
import dev.rootmean.RmsProp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.Tuple2;

/** However parameters are cut, and whatever the rule, it is the bits of one process. */
@StartsSpark
class SameBitsTest {
  @TempDir private Path folder;

  private static final int[] COUNTS = {1, 2, 3, 4, 7};
  private static final int STEPS = 3;

  private static final RmsProp RULE =
      Preset.PYTORCH.rule().toBuilder().weightDecay(0.01).learningRate(0.05).build();

  private static final RmsProp EVERYTHING =
      RULE.toBuilder().momentum(0.9).centered(true).nesterov(true).build();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 7})
  void whateverTheNumberOfShardsAndWorkers(int workers) throws IOException {
    Problem problem =
        Problem.of(EVERYTHING).with(LearningRateSchedule.cosine(0.05, 0.01, 5).afterWarmup(2));
    Map<String, float[]> expected = problem.reference(workers, STEPS);
    for (int shards : COUNTS) {
      try (ShardedTraining training = problem.training(LocalSpark.get(), folder, shards, workers)) {
        double loss = 0;
        for (int step = 0; step < STEPS; step++) {
          loss = training.step().loss();
        }
        assertEquals(0, Problem.differences(expected, training.parameters()), shards + " shards");
        assertEquals((workers - 1) / 2.0 + STEPS - 1, loss);
        assertEquals((long) shards * STEPS, training.metrics().updates());
      }
    }
  }

  /** Whoever brings data that came from a shuffle finds it where it was. */
  @Test
  void theShufflesOfTheDataAreLeftAlone() throws Exception {
    Problem problem = Problem.of(RULE);
    JavaRDD<Integer> data =
        Problem.data(LocalSpark.get(), 2)
            .mapToPair(worker -> new Tuple2<>(worker, worker))
            .partitionBy(new ToShard(2))
            .values();
    Traffic traffic = new Traffic();
    LocalSpark.get().sc().addSparkListener(traffic);
    try (ShardedTraining training =
        problem
            .builder(LocalSpark.get(), folder)
            .checkpoints(folder, 1)
            .build(data, Problem.function(problem.lengths().size()))) {
      training.step();
      training.save();
      traffic.after(1 + 1 + 2 + 2); // the beginning, a step, and two checkpoints
      training.step();
      assertEquals(2 + 2, traffic.after(1 + 2).stages()); // none for the data
      assertEquals(0, Problem.differences(problem.reference(2, 2), training.parameters()));
    } finally {
      LocalSpark.get().sc().removeSparkListener(traffic);
    }
  }

  @Test
  void byAPlainRule() throws IOException {
    Problem problem = Problem.of(RULE);
    try (ShardedTraining training = problem.training(LocalSpark.get(), folder, 3, 2)) {
      training.run(STEPS, result -> assertEquals(0.05, result.learningRate()));
      assertEquals(0, Problem.differences(problem.reference(2, STEPS), training.parameters()));
      Problem centered = Problem.of(RULE.toBuilder().centered(true).build());
      assertNotEquals(0, Problem.differences(centered.reference(2, STEPS), training.parameters()));
    }
  }
}
