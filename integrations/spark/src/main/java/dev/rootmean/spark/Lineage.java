package dev.rootmean.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps since the first one or the last checkpoint: what of them is persisted, and whose
 * shuffles a recovery may want. Used by the driver alone.
 */
final class Lineage {
  private static final Logger LOG = LoggerFactory.getLogger(Lineage.class);

  private final JavaSparkContext spark;
  private final Jobs jobs;
  private final List<KeptStep> steps = new ArrayList<>();

  Lineage(JavaSparkContext spark, Jobs jobs) {
    this.spark = spark;
    this.jobs = jobs;
  }

  /** How a state's parameters are kept on the hosts. */
  static JavaRDD<byte[]> persisted(StateRdd state) {
    return state.toJavaRDD().map(shard -> shard).persist(StorageLevel.MEMORY_AND_DISK());
  }

  /**
   * Begins here, and lets go of what was before. Each shard is computed once, by whoever will step
   * it: left to the workers, each of them would do so for all.
   */
  void begin(StateRdd first) {
    KeptStep begun = new KeptStep(first, persisted(first), null, null);
    try {
      jobs.run("begin", first.step(), begun.parameters());
    } catch (Throwable e) {
      drop(begun);
      throw e;
    }
    steps.forEach(this::drop);
    steps.clear();
    steps.add(begun);
  }

  void add(KeptStep step) {
    steps.add(step);
  }

  /** The state after the last step. */
  StateRdd state() {
    return last().state();
  }

  /** The parameters after it. */
  JavaRDD<byte[]> parameters() {
    return last().parameters();
  }

  private KeptStep last() {
    return steps.get(steps.size() - 1);
  }

  /** How many steps a recovery goes back at most. */
  int length() {
    return steps.size() - 1;
  }

  /** Frees what a step has left, if there is somebody who has it. */
  void drop(KeptStep step) {
    if (spark.sc().isStopped()) {
      return; // the executors have ended with it
    }
    try {
      step.drop();
    } catch (RuntimeException e) { // no reason to hide why this is done
      LOG.warn("executors may still have parameters: {}", e.toString());
    }
  }

  /** Frees all, and the devices. */
  void close() {
    jobs.close(steps.isEmpty() ? 0 : state().step());
    steps.forEach(this::drop);
  }
}
