package dev.rootmean.spark;

import java.util.List;
import org.apache.spark.OneToOneDependency;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;

/** The shards after a step. */
final class SteppedRdd extends StateRdd {
  private static final long serialVersionUID = 1;

  private final StateRdd before;
  private final RDD<byte[]> sums;
  private final StepSettings settings;

  SteppedRdd(StateRdd before, RDD<byte[]> sums, StepSettings settings) {
    super(
        before.sparkContext(),
        before.plan(),
        before.step() + 1,
        List.of(new OneToOneDependency<>(before), new OneToOneDependency<>(sums)));
    this.before = before;
    this.sums = sums;
    this.settings = settings;
  }

  @Override
  ShardState bring(int shard, ShardMemory memory, TaskContext context) {
    ShardState from = before.find(shard, memory, context);
    byte[] sum = Rdds.only(sums.iterator(sums.partitions()[shard], context));
    ShardState state = memory.step(plan(), shard, from, sum, settings);
    state.publish(step(), Blob.loss(sum));
    plan().updates().add(1);
    return state;
  }
}
