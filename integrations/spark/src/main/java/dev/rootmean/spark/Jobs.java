package dev.rootmean.spark;

import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs Spark's jobs: under names that its UI shows, and each shard where it was the last time. */
final class Jobs {
  private static final Logger LOG = LoggerFactory.getLogger(Jobs.class);

  private static final String DESCRIPTION = "spark.job.description";

  /** For the end, which may find no executor. */
  private static final int MOST_SECONDS = 60;

  private final JavaSparkContext spark;
  private final Plan plan;

  /**
   * A number for each shard, persisted by the executor that has worked on it: Spark prefers that
   * one for the next job, and another one where it is gone.
   */
  private final JavaRDD<Integer> anchor;

  Jobs(JavaSparkContext spark, Plan plan) {
    this.spark = spark;
    this.plan = plan;
    int shards = plan.layout().shards();
    anchor =
        spark
            .parallelize(IntStream.range(0, shards).boxed().toList(), shards)
            .persist(StorageLevel.MEMORY_AND_DISK());
  }

  /** Computes every shard, and gives the head of each. */
  List<byte[]> run(String what, long step, JavaRDD<byte[]> shards) {
    return whole(what, step, shards.map(Blob::head));
  }

  /** Computes something small of every shard, and gives it. */
  List<byte[]> whole(String what, long step, JavaRDD<byte[]> shards) {
    return described(what, step, anchor.zipPartitions(shards, Jobs::placed)::collect);
  }

  /** Fetches some shards. */
  List<byte[]> fetch(long step, JavaRDD<byte[]> shards, int[] which) {
    return described(
        "parameters",
        step,
        () -> Arrays.stream(shards.collectPartitions(which)).flatMap(List::stream).toList());
  }

  private static Iterator<byte[]> placed(Iterator<Integer> place, Iterator<byte[]> shard) {
    Rdds.only(place);
    return List.of(Rdds.only(shard)).iterator();
  }

  private static void await(JavaFutureAction<?> job) throws Exception {
    try {
      job.get(MOST_SECONDS, TimeUnit.SECONDS);
    } finally {
      job.cancel(true);
    }
  }

  private <T> T described(String what, long step, Supplier<T> job) {
    String before = spark.getLocalProperty(DESCRIPTION);
    spark.setLocalProperty(
        DESCRIPTION, String.format(Locale.ROOT, "Rootmean: step %d, %s", step + 1, what));
    try {
      return job.get();
    } finally {
      spark.setLocalProperty(DESCRIPTION, before);
    }
  }

  /** Frees the devices where the shards are, as far as can be told. */
  void close(long step) {
    if (spark.sc().isStopped()) {
      return; // the executors have ended with it
    }
    String run = plan.run();
    try {
      await(
          described(
              "end",
              step,
              anchor.<byte[]>mapPartitions(
                      place -> {
                        Rdds.only(place);
                        DeviceStore.forget(run);
                        return Collections.emptyIterator();
                      })
                  ::collectAsync));
    } catch (Exception e) { // Spark's own, too, which it does not declare
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      LOG.warn("executors may still have shards on their devices: {}", e.toString());
    }
    anchor.unpersist(false);
  }
}
