package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.NonFinite;
import dev.rootmean.Preset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong in executors, which are processes: the bits are those of one process. */
@StartsSpark
@Tag("thorough")
class ClusterFaultsTest {
  private static final int EXECUTORS = 2;
  private static final int SHARDS = 3;
  private static final int WORKERS = 2;
  private static final int BEFORE = 2;
  private static final int STEPS = 4;

  private static final Problem PROBLEM =
      Problem.of(Preset.PYTORCH.rule().toBuilder().momentum(0.9).centered(true).build());

  private static final int TENSORS = PROBLEM.lengths().size();

  /** As long as it is there, no gradient can be computed. */
  private static final String BROKEN = "broken";

  /** Has the executor of the worker with the number that follows forget its shards. */
  private static final String EVICT = "evict-";

  private static JavaSparkContext spark;

  @TempDir private Path folder;
  private Path faults;

  @BeforeAll
  static void open() throws IOException {
    spark = Cluster.open(Cluster.conf(EXECUTORS, 1));
  }

  @AfterAll
  static void close() {
    spark.close();
  }

  @BeforeEach
  void makeFolder() throws Exception {
    faults = Files.createDirectory(folder.resolve("faults"));
    Cluster.await(spark, EXECUTORS);
  }

  private ShardedTrainingBuilder builder(Problem problem, int shards) {
    return problem.builder(spark, folder.resolve("run")).backend("faulty:" + faults).shards(shards);
  }

  private static GradientFunction<Integer> function(String faults) {
    GradientFunction<Integer> function = Problem.function(TENSORS);
    return (step, data) -> {
      if (Files.exists(Path.of(faults, BROKEN))) {
        throw new IOException("no gradient today");
      }
      if (Files.deleteIfExists(Path.of(faults, EVICT + step.worker()))) {
        DeviceStore.clear();
      }
      return function.gradient(step, data);
    };
  }

  private ShardedTraining training() throws IOException {
    return builder(PROBLEM, SHARDS)
        .build(Problem.data(spark, WORKERS), function(faults.toString()));
  }

  /** Takes what steps are left, and compares. */
  private static void finish(ShardedTraining training) {
    training.run(STEPS - training.steps());
    Map<String, float[]> expected = PROBLEM.reference(WORKERS, STEPS);
    assertEquals(0, Problem.differences(expected, training.parameters()));
  }

  @ParameterizedTest
  @ValueSource(strings = {FaultyDevice.THROW_IN_STEP, FaultyDevice.THROW_AFTER_STEP})
  void aTaskThatFails(String fault) throws IOException {
    try (ShardedTraining training = training()) {
      training.run(BEFORE);
      Path file = Files.createFile(faults.resolve(fault));
      training.step();
      assertFalse(Files.exists(file), "it did not happen");
      finish(training);
      int counted = fault.equals(FaultyDevice.THROW_IN_STEP) ? 0 : 1; // no try that failed is
      assertEquals(SHARDS * STEPS - counted, training.metrics().updates());
    }
  }

  /** The job ends with the reason; and where that goes away, the training goes on. */
  @Test
  void whatAlwaysFailsEndsTheStep() throws IOException {
    try (ShardedTraining training = training()) {
      training.run(BEFORE);
      Path broken = Files.createFile(faults.resolve(BROKEN));
      Exception e = assertThrows(Exception.class, training::step);
      assertTrue(e.getMessage().contains("failed 4 times"), e.getMessage());
      assertTrue(e.getMessage().contains("no gradient today"), e.getMessage());
      assertEquals(BEFORE, training.steps());
      Map<String, float[]> expected = PROBLEM.reference(WORKERS, BEFORE);
      assertEquals(0, Problem.differences(expected, training.parameters()));
      Files.delete(broken);
      finish(training);
    }
  }

  private void evict() throws IOException {
    for (int worker = 0; worker < WORKERS; worker++) {
      Files.createFile(faults.resolve(EVICT + worker));
    }
  }

  @Test
  void whatIsEvictedIsComputedAgain() throws IOException {
    try (ShardedTraining training = training()) {
      training.run(BEFORE);
      evict();
      finish(training);
      assertEquals(SHARDS * (STEPS + BEFORE), training.metrics().updates());
    }
  }

  @Test
  void aDeviceWithoutRoomGivesItsShardsToTheProcessor() throws IOException {
    try (ShardedTraining training = training()) {
      training.run(BEFORE);
      Files.createFile(faults.resolve(FaultyDevice.NO_ROOM));
      Path launches = Files.createDirectory(faults.resolve(FaultyDevice.LAUNCHES));
      evict();
      finish(training);
      assertTrue(training.metrics().updates() > SHARDS * STEPS, "nothing was evicted");
      try (Stream<Path> onTheDevice = Files.list(launches)) {
        assertEquals(0, onTheDevice.count());
      }
    }
  }

  /** The last element of all is in the last shard alone, and no shard is stepped for it. */
  @Test
  void gradientsOfOneShardThatAreNotFinite() throws IOException {
    Problem.Change change =
        (step, worker, tensor, gradient) -> {
          if (step == BEFORE && worker == 1 && tensor == TENSORS - 1) {
            gradient[gradient.length - 1] = Float.NaN;
          }
        };
    Problem problem = PROBLEM.with(GradientPolicy.NONE.withNonFinite(NonFinite.SKIP_STEP));
    List<Long> skipped = new ArrayList<>();
    try (ShardedTraining training =
        builder(problem, SHARDS)
            .build(Problem.data(spark, WORKERS), Problem.function(TENSORS, change))) {
      training.run(
          STEPS, result -> skipped.addAll(result.skipped() ? List.of(result.step()) : List.of()));
      assertEquals(List.of(BEFORE + 1L), skipped);
      Map<String, float[]> expected = problem.reference(WORKERS, STEPS, new ArrayList<>(), change);
      assertEquals(0, Problem.differences(expected, training.parameters()));
    }
  }

  /** Once while a shard is saved, and once while it is loaded by a training that goes on. */
  @Test
  void anExecutorDiesWhileItSavesAndWhileItLoads() throws Exception {
    try (ShardedTraining training = training()) {
      training.run(BEFORE);
      Path file = Files.createFile(faults.resolve(FaultyDevice.HALT_IN_SAVE));
      training.save();
      assertFalse(Files.exists(file), "nobody died while saving");
      assertTrue(training.metrics().updates() > SHARDS * BEFORE, "nothing was lost");
    }
    Path file = Files.createFile(faults.resolve(FaultyDevice.HALT_IN_LOAD));
    try (ShardedTraining training =
        builder(PROBLEM, SHARDS - 1)
            .resume(Problem.data(spark, WORKERS), function(faults.toString()))) {
      assertFalse(Files.exists(file), "nobody died while loading");
      assertEquals(BEFORE, training.steps());
      finish(training);
    }
  }
}
