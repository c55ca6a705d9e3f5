package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.GradientPolicy;
import dev.rootmean.Preset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Executors die, each a process, and the bits are those of one process that does not. */
@StartsSpark
class ExecutorLossTest {
  private static final int SHARDS = 3;
  private static final int WORKERS = 2;

  /** In the middle of a worker's gradient. */
  private static final String HALT_IN_GRADIENT = "halt-in-gradient";

  private static final Problem PLAIN =
      Problem.of(Preset.PYTORCH.rule().toBuilder().momentum(0.9).centered(true).build());

  @TempDir private Path folder;

  /**
   * Trains with one event after another.
   *
   * @param every how many steps there are from checkpoint to checkpoint
   * @return how many shards were stepped in the step of each event
   */
  private Map<String, Long> train(Problem problem, int every, List<String> events)
      throws IOException {
    Path faults = Files.createDirectory(folder.resolve("faults"));
    int steps = 2 * events.size() + 2;
    String halt = faults.resolve(HALT_IN_GRADIENT).toString();
    GradientFunction<Integer> function = Problem.function(problem.lengths().size());
    Map<String, Long> updates = new LinkedHashMap<>();
    try (JavaSparkContext spark = Cluster.open(Cluster.conf(2, 1));
        ShardedTraining training =
            problem
                .builder(spark, folder.resolve("run"))
                .backend("faulty:" + faults)
                .checkpoints(folder.resolve("run"), every)
                .shards(SHARDS)
                .build(
                    Problem.data(spark, WORKERS),
                    (step, data) -> {
                      double loss = function.gradient(step, data);
                      if (step.worker() == 1) {
                        Cluster.halt(Path.of(halt));
                      }
                      return loss;
                    })) {
      training.step();
      for (String event : events) {
        training.step();
        Path file = Files.createFile(faults.resolve(event));
        long before = training.metrics().updates();
        training.step();
        assertFalse(Files.exists(file), event + " did not happen");
        updates.put(event, training.metrics().updates() - before);
      }
      training.step();
      assertEquals(steps, training.steps());
      Map<String, float[]> expected = problem.reference(WORKERS, steps);
      assertEquals(0, Problem.differences(expected, training.parameters()));
    }
    return updates;
  }

  @Test
  void inTheGradientAndInTheStep() throws IOException {
    Map<String, Long> updates =
        train(PLAIN, 100, List.of(HALT_IN_GRADIENT, FaultyDevice.HALT_IN_STEP));
    updates.forEach((event, count) -> assertTrue(count > SHARDS, event + " has cost nothing"));
  }

  @Test
  @Tag("thorough")
  void afterTheStepAndWithItsDevice() throws IOException {
    train(
        PLAIN.with(GradientPolicy.NONE.withNormClip(0.5)),
        3,
        List.of(
            FaultyDevice.HALT_AFTER_STEP,
            FaultyDevice.LOSE,
            HALT_IN_GRADIENT,
            FaultyDevice.HALT_IN_STEP));
  }
}
