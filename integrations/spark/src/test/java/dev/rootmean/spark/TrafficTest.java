package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.GradientPolicy;
import dev.rootmean.Preset;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.RDDInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a step sends and keeps, beside the model in docs/spark.md. */
@StartsSpark
class TrafficTest {
  private static final int EXECUTORS = 2;
  private static final int WORKERS = 2;
  private static final int SHARDS = 2;
  private static final int STEPS = 3;

  private static final Problem PROBLEM =
      Problem.of(Preset.PYTORCH.rule()).with(600_001, 7, 399_000, 999);

  /** The bytes of all parameters. */
  private static final long P =
      Float.BYTES * PROBLEM.lengths().stream().mapToLong(Integer::longValue).sum();

  @TempDir private Path folder;

  private static void assertNear(long model, long measured, String what) {
    assertTrue(Math.abs(measured - model) <= model / 100, what + " " + measured + ", not " + model);
  }

  @Test
  void isWhatTheModelSays() throws Exception {
    Traffic traffic = new Traffic();
    try (JavaSparkContext spark = Cluster.open(Cluster.conf(EXECUTORS, 1))) {
      Cluster.await(spark, EXECUTORS);
      spark.sc().addSparkListener(traffic);
      try (ShardedTraining training =
          PROBLEM.training(spark, folder.resolve("plain"), SHARDS, WORKERS)) {
        training.step();
        traffic.after(2); // the beginning, and a step
        training.run(STEPS, result -> {});
        Traffic.Counts counts = traffic.after(STEPS);
        assertEquals(2 * STEPS, counts.stages());
        assertEquals(SHARDS * (STEPS + 1), training.metrics().updates());
        assertNear(STEPS * WORKERS * P, counts.written(), "gradients written");
        assertNear(STEPS * WORKERS * P, counts.read(), "gradients read");
        assertNear(STEPS * WORKERS * P / 2, counts.readRemotely(), "gradients sent");
        assertNear(STEPS * WORKERS * P, counts.gathered(), "parameters read by workers");
        assertEquals(EXECUTORS, counts.workers().size(), "executors that workers were on");
        assertNear((STEPS + 2) * P, stored(spark), "parameters kept since the last checkpoint");
        training.save();
        traffic.after(2); // the files, and the beginning
        assertNear(P, stored(spark), "parameters kept after a checkpoint");
      }
      traffic.after(1);
      try (ShardedTraining training =
          PROBLEM
              .with(GradientPolicy.NONE.withNormClip(1))
              .training(spark, folder.resolve("clipped"), SHARDS, WORKERS)) {
        training.step();
        traffic.after(3);
        training.run(STEPS, result -> {});
        assertEquals(3 * STEPS, traffic.after(2 * STEPS).stages()); // Spark skips the workers'
      }
    }
  }

  /** What is persisted, on all executors. */
  private static long stored(JavaSparkContext spark) {
    return Arrays.stream(spark.sc().getRDDStorageInfo())
        .mapToLong((RDDInfo rdd) -> rdd.memSize() + rdd.diskSize())
        .sum();
  }
}
