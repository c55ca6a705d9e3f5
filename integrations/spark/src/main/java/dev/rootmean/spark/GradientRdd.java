package dev.rootmean.spark;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.Dependency;
import org.apache.spark.NarrowDependency;
import org.apache.spark.OneToOneDependency;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The gradients of a step: a partition for each worker, which has the parameters of all shards come
 * from where they are, calls the function, and gives a slice of its gradients for each shard.
 */
final class GradientRdd<T> extends RDD<Tuple2<Integer, byte[]>> {
  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final long step;
  private final double lossScale;
  private final RDD<T> data;
  private final RDD<byte[]> parameters;
  private final GradientFunction<T> function;
  private transient boolean detached;

  GradientRdd(
      Plan plan,
      long step,
      double lossScale,
      RDD<T> data,
      RDD<byte[]> parameters,
      GradientFunction<T> function) {
    super(
        data.sparkContext(),
        Rdds.dependencies(List.of(new OneToOneDependency<>(data), new AllShards(parameters))),
        Rdds.tag(Tuple2.class));
    this.plan = plan;
    this.step = step;
    this.lossScale = lossScale;
    this.data = data;
    this.parameters = parameters;
    this.function = function;
  }

  /**
   * Every worker wants every shard: no shuffle, for each shard is stored once and fetched. A worker
   * whose data are nowhere in particular runs where the first one of its list is, so that each has
   * another first.
   */
  private static final class AllShards extends NarrowDependency<byte[]> {
    private static final long serialVersionUID = 1;

    private final int shards;

    AllShards(RDD<byte[]> parameters) {
      super(parameters);
      this.shards = parameters.getNumPartitions();
    }

    @Override
    public Seq<Object> getParents(int worker) {
      List<Object> all =
          IntStream.range(0, shards).<Object>mapToObj(s -> (worker + s) % shards).toList();
      return CollectionConverters.asScala(all).toSeq();
    }
  }

  @Override
  public Partition[] getPartitions() {
    return data.partitions();
  }

  @Override
  public Iterator<Tuple2<Integer, byte[]>> compute(Partition split, TaskContext context) {
    ShardLayout layout = plan.layout();
    WorkerStep worker = new WorkerStep(plan, step, split.index(), lossScale);
    Partition[] shards = parameters.partitions();
    for (int shard = 0; shard < shards.length; shard++) {
      worker.load(shard, Rdds.only(parameters.iterator(shards[shard], context)));
    }
    double loss;
    try {
      loss = function.gradient(worker, CollectionConverters.asJava(data.iterator(split, context)));
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(
          "the gradient of step " + (step + 1) + ", worker " + split.index() + ": " + e, e);
    }
    return Rdds.iterator(
        IntStream.range(0, shards.length)
            .mapToObj(shard -> new Tuple2<>(shard, worker.slice(layout, shard, loss)))
            .iterator());
  }

  /** Lets go of what it was computed from, so that who cleans up after it stops here. */
  void detach() {
    detached = true;
    clearDependencies();
  }

  @Override
  public Seq<Dependency<?>> getDependencies() {
    return detached ? Rdds.dependencies(List.of()) : super.getDependencies();
  }
}
