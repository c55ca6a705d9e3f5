package dev.rootmean.spark;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** The shards before the first step: the parameters are what the driver has given. */
final class FirstRdd extends StateRdd {
  private static final long serialVersionUID = 1;

  private final List<Broadcast<byte[]>> parameters;

  private FirstRdd(SparkContext spark, Plan plan, List<Broadcast<byte[]>> parameters) {
    super(spark, plan, 0, List.of());
    this.parameters = List.copyOf(parameters);
  }

  /**
   * Has executors fetch what they need of the first values.
   *
   * @param first of each tensor; null for zeros
   */
  static FirstRdd of(JavaSparkContext spark, Plan plan, List<float[]> first) {
    ShardLayout layout = plan.layout();
    Tensors all = new Tensors(layout);
    for (int i = 0; i < first.size(); i++) {
      if (first.get(i) != null) {
        all.arrays().put(layout.tensors().get(i).name(), first.get(i));
      }
    }
    return new FirstRdd(
        spark.sc(),
        plan,
        IntStream.range(0, layout.shards())
            .mapToObj(s -> spark.broadcast(all.slice(layout.start(s), layout.end(s), 0, 0)))
            .toList());
  }

  /** Takes them from the executors: there is a checkpoint to begin with. */
  void destroy() {
    parameters.forEach(Broadcast::destroy);
  }

  @Override
  ShardState bring(int shard, ShardMemory memory, TaskContext context) {
    ShardState state = memory.fresh(plan(), shard);
    state.write(parameters.get(shard).value());
    state.publish(step(), 0);
    return state;
  }
}
