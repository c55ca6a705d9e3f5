package dev.rootmean.spark;

import dev.rootmean.GradientPolicy;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.util.LongAccumulator;

/**
 * What does not change in a training, for those who work on it.
 *
 * @param run tells this training from all others in an executor's memory
 * @param layout of the tensors
 * @param workers how many gradients are averaged for a step
 * @param seed the caller's
 * @param backend opens in each executor
 * @param precision of the accumulators; all else is in floats
 * @param policy whose micro-batches are the workers
 * @param rule the training's, as it was given
 * @param rules the groups', as they were given
 * @param updates how often a shard was stepped
 * @param restores how often one was loaded
 */
record Plan(
    String run,
    ShardLayout layout,
    int workers,
    long seed,
    String backend,
    Sent<Precision> precision,
    Sent<GradientPolicy> policy,
    Sent<RmsProp> rule,
    List<Sent<RmsProp>> rules,
    LongAccumulator updates,
    LongAccumulator restores)
    implements Serializable {

  /** Whether a step is one by a decision: otherwise gradients are taken as they are. */
  boolean decides() {
    return !policy.get().equals(GradientPolicy.NONE);
  }

  /** Whether all shards have to be measured before one is stepped. */
  boolean measures() {
    return policy.get().measures();
  }
}
