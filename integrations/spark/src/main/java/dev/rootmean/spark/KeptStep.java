package dev.rootmean.spark;

import org.apache.spark.api.java.JavaRDD;

/**
 * What a step leaves behind that a recovery may want, until there is a checkpoint after it.
 *
 * @param state after the step; null if it has not come so far
 * @param parameters persisted; null as that is
 * @param sums which have a shuffle before them; null where the lineage begins
 * @param gradient before that
 */
record KeptStep(
    StateRdd state, JavaRDD<byte[]> parameters, JavaRDD<byte[]> sums, GradientRdd<?> gradient) {
  /** Frees what executors have of it. */
  void drop() {
    if (state instanceof FirstRdd first) {
      first.destroy();
    }
    if (parameters != null) {
      parameters.unpersist(false);
    }
    if (sums != null) {
      if (sums.getStorageLevel().useMemory()) {
        sums.unpersist(false);
      }
      gradient.detach(); // the shuffles of the caller's data are the caller's
      sums.rdd().cleanShuffleDependencies(false);
    }
  }
}
