package dev.rootmean.spark;

import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.NonFinite;
import dev.rootmean.LearningRateSchedule;
import dev.rootmean.RmsProp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;

/**
 * Synchronous data-parallel RMSProp on Apache Spark, its parameters and accumulators cut into
 * shards that executors keep on their devices.
 *
 * <pre>{@code
 * try (ShardedTraining training =
 *     ShardedTraining.builder(spark, Preset.PYTORCH.rule())
 *         .parameter("weights", first, 10, 784)
 *         .parameter("bias", 10)
 *         .checkpoints(Path.of("/shared/run1"), 20) // a folder that all executors see
 *         .build(
 *             examples.cache(), // a JavaRDD in a fixed order, each partition one worker's
 *             (step, data) -> { // yours: fills step.gradient("weights") and step.gradient("bias")
 *               return Network.gradient(step, data); // and gives the loss
 *             })) {
 *   training.run(1_000);
 *   float[] weights = training.parameter("weights");
 * }
 * }</pre>
 *
 * <p>A training of G partitions has the bits of an {@link dev.rootmean.Optimizer} in one process
 * with {@link GradientPolicy#withMicroBatches G micro-batches}, given the gradients of the workers
 * in ascending order: however many shards and executors there are, and whichever of these die.
 *
 * <p>One thread at a time may use a training. If Spark gives a step up, as a task has failed too
 * often, its exception says why, the training is as it was before, and the step can be taken again.
 *
 * @since 0.1.0
 */
public final class ShardedTraining implements AutoCloseable {
  private final JavaSparkContext spark;
  private final Plan plan;
  private final LearningRateSchedule schedule;
  private final Gradients<?> gradients;
  private final Jobs jobs;
  private final Lineage lineage;
  private final CheckpointFolder checkpoints;
  private final int every;
  private final TrainingLog log = new TrainingLog();
  private Measured measured;
  private boolean closed;

  ShardedTraining(
      JavaSparkContext spark,
      Plan plan,
      LearningRateSchedule schedule,
      Gradients<?> gradients,
      CheckpointFolder checkpoints,
      int every) {
    this.spark = spark;
    this.plan = plan;
    this.schedule = schedule;
    this.gradients = gradients;
    this.jobs = new Jobs(spark, plan);
    this.lineage = new Lineage(spark, jobs);
    this.checkpoints = checkpoints;
    this.every = every;
  }

  /** Begins with parameters of the driver's. */
  void start(List<float[]> first) {
    measured = Measured.first(plan.policy().get());
    lineage.begin(FirstRdd.of(spark, plan, first));
    log.begun(plan, 0);
  }

  /** Goes on where a checkpoint was saved. */
  void resume(Manifest manifest) throws IOException {
    measured = manifest.measured();
    try {
      lineage.begin(saved(manifest));
    } catch (Exception e) { // Spark's own, which it does not declare
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof UncheckedIOException unreadable) { // in the words of the task
          throw new IOException(SavedFile.told(unreadable.getCause()), e);
        }
      }
      throw e;
    }
    log.begun(plan, steps());
  }

  private StateRdd saved(Manifest manifest) {
    ShardFiles files = checkpoints.files(manifest.step(), manifest.shards());
    return new SavedRdd(spark.sc(), plan, manifest, files);
  }

  /**
   * Begins a training.
   *
   * @param spark the caller's to close, after the training
   * @param rule what parameters are stepped by, unless their group says otherwise
   * @return a builder
   */
  public static ShardedTrainingBuilder builder(JavaSparkContext spark, RmsProp rule) {
    return new ShardedTrainingBuilder(spark, rule);
  }

  /**
   * Takes a step: by the gradients of all workers.
   *
   * @return what it has come to
   * @throws ArithmeticException if the policy says {@link NonFinite#THROW} and the gradients are
   *     not finite: parameters and accumulators are as before, and the step counts
   * @throws UncheckedIOException if the checkpoint that is due cannot be saved; the step is taken
   * @throws IllegalStateException if the training is closed
   */
  public StepResult step() {
    requireOpen();
    if (lineage.length() >= ShardedTrainingBuilder.MOST_STEPS) {
      save(); // or tasks would carry ever longer lineages
    }
    GradientPolicy policy = plan.policy().get();
    double rate =
        schedule == null ? plan.rule().get().learningRate() : schedule.learningRate(steps());
    List<Sent<RmsProp>> rules = GroupRates.at(rate, plan);
    GradientRdd<?> gradient =
        gradients.of(plan, steps(), measured.lossScale(), lineage.parameters().rdd());
    JavaRDD<byte[]> sums =
        JavaPairRDD.fromRDD(gradient, Rdds.<Integer>tag(Integer.class), Rdds.tag(byte[].class))
            .partitionBy(new ToShard(plan.layout().shards()))
            .mapPartitionsWithIndex(new SumOfSlices(plan), true);
    KeptStep made = new KeptStep(null, null, sums, gradient);
    try {
      Measured next = measured;
      if (plan.measures()) {
        sums.persist(StorageLevel.MEMORY_AND_DISK());
        next = measured.next(policy, Blob.numbers(jobs.run("gradients", steps(), sums)));
      }
      StepSettings settings = new StepSettings(rules, plan.measures() ? next : null);
      StateRdd stepped = new SteppedRdd(lineage.state(), sums.rdd(), settings);
      made = new KeptStep(stepped, Lineage.persisted(stepped), sums, gradient);
      double loss = Blob.loss(jobs.run("step", steps(), made.parameters()).get(0));
      lineage.add(made);
      made = null;
      measured = next;
      if (plan.measures()) {
        sums.unpersist(false);
      }
      StepResult result = new StepResult(steps(), loss, rate, next.norm(), next.skips());
      log.stepped(result);
      if (next.skips() && policy.nonFinite() == NonFinite.THROW) {
        throw new ArithmeticException(
            "the gradients of step " + steps() + " are not finite: nothing was changed");
      }
      if (lineage.length() >= every) {
        save();
      }
      return result;
    } finally {
      if (made != null) {
        lineage.drop(made);
      }
    }
  }

  /**
   * Saves a checkpoint now. Those that are due are saved by {@link #step()}.
   *
   * @throws UncheckedIOException if the driver or an executor cannot write its part. The training
   *     can go on, though not for more than 100 steps, and those saved before are there
   */
  public void save() {
    requireOpen();
    ShardFiles files = checkpoints.files(steps(), plan.layout().shards());
    try {
      SaveRdd saving = new SaveRdd(lineage.state(), files, measured);
      List<SavedFile> saved = SaveRdd.files(jobs.whole("checkpoint", steps(), saving.toJavaRDD()));
      Manifest manifest = Manifest.of(plan, steps(), measured, saved);
      checkpoints.commit(manifest);
      lineage.begin(saved(manifest)); // shards are where they were, and nothing is loaded
    } catch (Exception e) { // Spark's own, too, which it does not declare
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      String reason = "step " + steps() + " is taken, its checkpoint is not: " + e.getMessage();
      throw new UncheckedIOException(new IOException(reason, e));
    }
    log.saved(steps(), measured.skipped(), checkpoints.path());
    checkpoints.removeAllBut(steps());
  }

  /**
   * Takes steps.
   *
   * @param count how many, at least 0
   * @throws ArithmeticException as {@link #step}
   */
  public void run(long count) {
    run(count, result -> {});
  }

  /**
   * Takes steps.
   *
   * @param count how many, at least 0
   * @param progress is told what each has come to
   * @throws ArithmeticException as {@link #step}
   */
  public void run(long count, Consumer<StepResult> progress) {
    for (long i = 0; i < count; i++) {
      progress.accept(step());
    }
  }

  /** {@return how many steps were taken, with those that were skipped} */
  public long steps() {
    return lineage.state().step();
  }

  /** {@return what the next loss is to be multiplied by; the function is told, too} */
  public double lossScale() {
    return measured.lossScale();
  }

  /** {@return the names of the tensors, in the order in which they were added} */
  public List<String> names() {
    return plan.layout().tensors().stream().map(ShardLayout.Tensor::name).toList();
  }

  /**
   * The parameters of a tensor, fetched from the shards that have some.
   *
   * @param name the tensor's
   * @return in row-major order, a new array each time
   * @throws IllegalArgumentException if there is no such tensor
   */
  public float[] parameter(String name) {
    requireOpen();
    Tensors tensors = new Tensors(plan.layout(), name);
    fetch(tensors);
    return tensors.of(name);
  }

  /**
   * All parameters, fetched from all shards: the driver has to have room for them.
   *
   * @return each tensor's by its name, in the order in which they were added
   */
  public Map<String, float[]> parameters() {
    requireOpen();
    Tensors tensors = new Tensors(plan.layout());
    fetch(tensors);
    return new LinkedHashMap<>(tensors.arrays());
  }

  private void fetch(Tensors tensors) {
    int[] wanted = tensors.shards();
    List<byte[]> shards = jobs.fetch(steps(), lineage.parameters(), wanted);
    for (int i = 0; i < wanted.length; i++) {
      tensors.load(wanted[i], shards.get(i));
    }
  }

  /** {@return what the training has done} */
  public TrainingMetrics metrics() {
    return new TrainingMetrics(
        steps(), measured.skipped(), plan.updates().value(), plan.restores().value());
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the training is closed");
    }
  }

  /**
   * Frees what executors have of this training, where its shards are; a second call does nothing.
   * An executor that has computed a lost shard for its own gradients has it until it wants the
   * room.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    lineage.close();
  }
}
