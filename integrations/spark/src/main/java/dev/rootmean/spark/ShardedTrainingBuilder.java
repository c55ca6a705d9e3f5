package dev.rootmean.spark;

import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.GradientPolicy;
import dev.rootmean.LearningRateSchedule;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Says what a {@link ShardedTraining} trains, by which rules, and how it is cut.
 *
 * @since 0.1.0
 */
public final class ShardedTrainingBuilder {
  /** Tasks carry the lineage, which is as deep as there are steps in it. */
  static final int MOST_STEPS = 100;

  /** Those that can be cut anywhere. */
  private static final Set<DataType> ACCUMULATORS = EnumSet.of(DataType.FLOAT32, DataType.BFLOAT16);

  private final JavaSparkContext spark;
  private final RmsProp rule;
  private final RowBuilder row;
  private LearningRateSchedule schedule;
  private GradientPolicy policy = GradientPolicy.NONE;
  private Precision precision = Precision.FLOAT32;
  private int shards;
  private long seed;
  private String backend = "auto";
  private Path folder;
  private int every;

  ShardedTrainingBuilder(JavaSparkContext spark, RmsProp rule) {
    this.spark = Objects.requireNonNull(spark, "spark");
    this.rule = Objects.requireNonNull(rule, "rule");
    this.row = new RowBuilder(rule);
  }

  /**
   * Adds a tensor, zero at first, to the group that was begun last.
   *
   * @param name what it is called; not empty, and no other's
   * @param shape its dimensions, each at least 1; none for a single number
   * @return this builder
   * @throws IllegalArgumentException naming the tensor and what is wrong with it
   */
  public ShardedTrainingBuilder parameter(String name, long... shape) {
    row.add(name, null, shape);
    return this;
  }

  /**
   * Adds a tensor with its first values.
   *
   * @param name as in the other method
   * @param first its elements, in row-major order; copied
   * @param shape its dimensions; none for the length of the array alone
   * @return this builder
   * @throws IllegalArgumentException naming the tensor and what is wrong with it
   */
  public ShardedTrainingBuilder parameter(String name, float[] first, long... shape) {
    row.add(name, first.clone(), shape.length > 0 ? shape : new long[] {first.length});
    return this;
  }

  /**
   * Begins a group: the tensors that are added from here on are stepped by a rule of their own.
   *
   * @param name what it is called; not empty, and no other's
   * @param change makes the group's rule from the training's
   * @return this builder
   * @throws IllegalArgumentException if the name is empty or taken, or the rule cannot be
   */
  public ShardedTrainingBuilder group(String name, UnaryOperator<RmsPropBuilder> change) {
    row.group(name, change);
    return this;
  }

  /**
   * Has the learning rate follow a schedule, as {@link
   * dev.rootmean.OptimizerBuilder#schedule(LearningRateSchedule)} says.
   *
   * @param schedule asked by the driver alone, for each step
   * @return this builder
   */
  public ShardedTrainingBuilder schedule(LearningRateSchedule schedule) {
    this.schedule = Objects.requireNonNull(schedule, "schedule");
    return this;
  }

  /**
   * Sets what is done to the gradients of all shards together before a rule sees them.
   *
   * @param policy without micro-batches: the workers are these
   * @return this builder
   * @throws IllegalArgumentException if it averages micro-batches
   */
  public ShardedTrainingBuilder policy(GradientPolicy policy) {
    if (policy.microBatches() != 1) {
      throw new IllegalArgumentException(
          "microBatches "
              + policy.microBatches()
              + ": expected 1, as each partition of the data is one");
    }
    this.policy = policy;
    return this;
  }

  /**
   * Sets in how many bits accumulators are stored; {@link Precision#FLOAT32} without it.
   *
   * @param precision with parameters and gradients in 32 bits, and accumulators in 32 or, as by
   *     {@code Precision.FLOAT32.withAccumulators(DataType.BFLOAT16)}, in 16
   * @return this builder
   * @throws IllegalArgumentException if it has anything in other bits
   */
  public ShardedTrainingBuilder precision(Precision precision) {
    if (precision.parameters() != DataType.FLOAT32
        || precision.gradients() != DataType.FLOAT32
        || !ACCUMULATORS.contains(precision.accumulators())) {
      throw new IllegalArgumentException(
          precision
              + ": expected parameters and gradients in FLOAT32, and accumulators in one of "
              + ACCUMULATORS);
    }
    this.precision = precision;
    return this;
  }

  /**
   * Sets into how many shards parameters and accumulators are cut. The bits of a training do not
   * depend on it. Without it there are as many as Spark runs tasks at a time when it is built.
   *
   * @param shards from 1 to the number of parameters
   * @return this builder
   */
  public ShardedTrainingBuilder shards(int shards) {
    if (shards < 1) {
      throw new IllegalArgumentException("shards " + shards + ": expected at least 1");
    }
    this.shards = shards;
    return this;
  }

  /**
   * Sets what the gradient function is given for its random numbers; 0 without it.
   *
   * @param seed any number
   * @return this builder
   */
  public ShardedTrainingBuilder seed(long seed) {
    this.seed = seed;
    return this;
  }

  /**
   * Sets the backend that each executor opens, as {@link Backends#open(String)} names it; {@code
   * auto} without it. Where Spark has assigned a GPU to a task, {@code auto} and {@code cuda} are
   * that one.
   *
   * @param backend the name of one that the driver has on its class path, too
   * @return this builder
   * @throws IllegalArgumentException if no backend has the name
   */
  public ShardedTrainingBuilder backend(String backend) {
    Backends.requireKnown(backend);
    this.backend = backend;
    return this;
  }

  /**
   * Sets where and how often checkpoints are saved. A training must have some: what an executor had
   * that dies is computed again from the last one on.
   *
   * @param folder on a file system that the driver and all executors share, made if it is missing;
   *     one training's alone. The last two checkpoints are kept
   * @param every how many steps there are from one to the next, 1 to 100
   * @return this builder
   */
  public ShardedTrainingBuilder checkpoints(Path folder, int every) {
    if (every < 1 || every > MOST_STEPS) {
      throw new IllegalArgumentException("every " + every + ": expected from 1 to " + MOST_STEPS);
    }
    this.folder = folder.toAbsolutePath();
    this.every = every;
    return this;
  }

  /**
   * Begins the training: has the executors take the first parameters.
   *
   * @param <T> an example
   * @param data each partition is a worker's, and its gradient one of those that are averaged. It
   *     must have the same examples in the same order whenever it is computed, as files and {@code
   *     parallelize} give them; {@code repartition} does not. Persist it, as it is read in each
   *     step
   * @param function computes a worker's gradient
   * @return the training, the caller's to close before Spark's context
   * @throws IllegalArgumentException if there are no checkpoints, no parameters or no partitions,
   *     more shards than parameters, so few that one is larger than an array can be, or a number of
   *     the policy is none in floats
   * @throws IOException if the driver cannot make, read or write the folder, or it has checkpoints
   *     already
   */
  public <T> ShardedTraining build(JavaRDD<T> data, GradientFunction<T> function)
      throws IOException {
    Plan plan = plan(data.getNumPartitions());
    Optional<Manifest> latest = new CheckpointFolder(folder).latest(plan);
    if (latest.isPresent()) {
      throw new IOException(
          folder
              + " has a training at step "
              + latest.get().step()
              + ": expected an empty folder, or resume");
    }
    return begun(training(plan, data, function), Optional.empty());
  }

  /** Whoever fails to begin has nobody to close it. */
  private ShardedTraining begun(ShardedTraining training, Optional<Manifest> latest)
      throws IOException {
    try {
      if (latest.isPresent()) {
        training.resume(latest.get());
      } else {
        training.start(row.firsts());
      }
      return training;
    } catch (Throwable e) {
      training.close();
      throw e;
    }
  }

  /**
   * Goes on with the training that the folder has, or begins one if it has none yet. It has the
   * bits of one that never stopped. The number of shards may be another one; all else must be as it
   * was.
   *
   * @param <T> an example
   * @param data as in the other method, with as many partitions as then
   * @param function as then
   * @return the training, the caller's to close before Spark's context
   * @throws IllegalArgumentException as the other method does
   * @throws IOException if the last manifest is of another training, or it or a shard's file cannot
   *     be read or is not what was saved
   */
  public <T> ShardedTraining resume(JavaRDD<T> data, GradientFunction<T> function)
      throws IOException {
    Plan plan = plan(data.getNumPartitions());
    Optional<Manifest> latest = new CheckpointFolder(folder).latest(plan);
    return begun(training(plan, data, function), latest);
  }

  private <T> ShardedTraining training(Plan plan, JavaRDD<T> data, GradientFunction<T> function) {
    Gradients<T> gradients = new Gradients<>(data.rdd(), function);
    return new ShardedTraining(
        spark, plan, schedule, gradients, new CheckpointFolder(folder), every);
  }

  private Plan plan(int workers) {
    if (folder == null) {
      throw new IllegalArgumentException(
          "no checkpoints: expected a folder that the driver and all executors share");
    }
    if (row.length() == 0 || workers == 0) {
      throw new IllegalArgumentException(
          row.length() + " parameters, " + workers + " partitions: expected some of both");
    }
    int cut = shards > 0 ? shards : (int) Math.min(row.length(), spark.defaultParallelism());
    GradientPolicy averaging = policy.withMicroBatches(workers);
    Measured.requireUsable(averaging);
    row.rules().forEach(each -> each.requireFor(precision.accumulators()));
    ShardLayout layout = row.cutInto(cut, averaging.measures());
    return new Plan(
        UUID.randomUUID().toString(),
        layout,
        workers,
        seed,
        backend,
        new Sent<>(precision),
        new Sent<>(averaging),
        new Sent<>(rule),
        row.rules().stream().map(Sent::new).toList(),
        spark.sc().longAccumulator("rootmean updates of shards"),
        spark.sc().longAccumulator("rootmean restored shards"));
  }
}
