package dev.rootmean.spark;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.Dependency;
import org.apache.spark.Partition;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import scala.collection.Iterator;

/**
 * The shards before a step, each as its parameters. It is not to be persisted: to compute it is to
 * find its state on the device, or to bring it there.
 */
abstract class StateRdd extends RDD<byte[]> {
  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final long step;

  StateRdd(SparkContext spark, Plan plan, long step, List<Dependency<?>> dependencies) {
    super(spark, Rdds.dependencies(dependencies), Rdds.tag(byte[].class));
    this.plan = plan;
    this.step = step;
  }

  final Plan plan() {
    return plan;
  }

  final long step() {
    return step;
  }

  @Override
  public final Partition[] getPartitions() {
    return IntStream.range(0, plan.layout().shards())
        .mapToObj(ShardPartition::new)
        .toArray(Partition[]::new);
  }

  @Override
  public final Iterator<byte[]> compute(Partition split, TaskContext context) {
    int shard = split.index();
    byte[] parameters = DeviceStore.use(plan, shard, memory -> find(shard, memory, context).read());
    return Rdds.iterator(List.of(parameters).iterator());
  }

  /** The state of a shard, whose memory the caller has locked. */
  final ShardState find(int shard, ShardMemory memory, TaskContext context) {
    ShardState known = memory.find(step);
    return known != null ? known : bring(shard, memory, context);
  }

  /** Brings a state that is missing, and publishes it. */
  abstract ShardState bring(int shard, ShardMemory memory, TaskContext context);
}
