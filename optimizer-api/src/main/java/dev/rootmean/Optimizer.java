package dev.rootmean;

import dev.rootmean.spi.Leaks;
import java.lang.ref.Cleaner;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Named parameters with their gradients and accumulators, stepped together.
 *
 * <pre>{@code
 * Optimizer optimizer =
 *     Optimizer.builder(backend, Preset.PYTORCH.rule())
 *         .parameter("layer1.weight", 128, 64)
 *         .group("no decay", rule -> rule.weightDecay(0))
 *         .parameter("layer1.bias", 128)
 *         .build();
 * optimizer.parameter("layer1.weight").write(initial);
 * optimizer.gradient("layer1.weight").write(gradient);
 * optimizer.step();
 * }</pre>
 *
 * <p>Parameters and gradients each lie in one buffer, and the accumulators of a group too, so a
 * step is one launch for each group, however many tensors it has. Tensors that lie elsewhere, since
 * the caller has brought them or they came later, and those whose accumulators are in blocks, go
 * together as {@link MultiTensorStep} says; a table is stepped by itself. A step waits for nothing
 * and allocates nothing on the Java heap; where a schedule changes the learning rate, only the new
 * rules, and for the rows of a table some small objects. With a policy that skips steps, one in
 * {@value SkipWatch#INTERVAL} does both, to say in the log if any were. Any thread may use an
 * optimizer, but one at a time: its calls do not take turns by themselves, as a backend's do. A
 * name that no tensor has is an {@link IllegalArgumentException} with those that there are.
 *
 * <p>If a backend throws in the middle of a step, what it has launched stays launched. {@link
 * #step()} then refuses to begin another one until {@link #retryStep()} has gone on with it or
 * {@link #abandonStep()} has given it up. If nothing was launched, nothing of the step is left.
 *
 * @since 0.1.0
 */
public final class Optimizer implements AutoCloseable {
  private final OptimizerMemory memory;
  private final StepLaunches launches;
  private final LearningRateSchedule schedule;
  private final Cleaner.Cleanable leak;

  Optimizer(
      OptimizerBackend backend,
      OptimizerMemory memory,
      GroupRules rules,
      LearningRateSchedule schedule,
      ForeignQueue queue) {
    this.memory = memory;
    this.schedule = schedule;
    QueueTurn turn = new QueueTurn(backend, queue);
    this.launches = new StepLaunches(backend, memory, rules, schedule, turn);
    this.leak = Leaks.warn(this, "the optimizer", memory.anyState());
  }

  /**
   * Begins an optimizer.
   *
   * @param backend what it runs on; outlives the optimizer
   * @param rule what parameters are stepped by, unless their group says otherwise
   * @return a builder
   */
  public static OptimizerBuilder builder(OptimizerBackend backend, RmsProp rule) {
    return new OptimizerBuilder(backend, rule);
  }

  /** {@return the names of the tensors, in the order in which they were added} */
  public Set<String> names() {
    return memory.layout().names();
  }

  /** {@return the type of the parameters} */
  public DataType dataType() {
    return memory.precision().parameters();
  }

  /** {@return how parameters, gradients and accumulators are stored} */
  public Precision precision() {
    return memory.precision();
  }

  /** {@return what is done to gradients before the rules see them} */
  public GradientPolicy policy() {
    GradientDecision decision = memory.gradients().decision();
    return decision == null ? GradientPolicy.NONE : decision.policy();
  }

  /** {@return the names of the groups, in their order; the first is {@code ""}} */
  public List<String> groups() {
    return memory.layout().groups().stream().map(Layout.Group::name).toList();
  }

  /**
   * The rule of a group.
   *
   * @param group the group's name; {@code ""} for the optimizer's rule
   * @return as it was given, so with its first learning rate
   * @throws IllegalArgumentException if there is no such group
   */
  public RmsProp rule(String group) {
    Layout layout = memory.layout();
    return layout.groups().get(layout.group(group)).rule();
  }

  /**
   * The group of a tensor.
   *
   * @param name the tensor's
   * @return the group's name
   */
  public String group(String name) {
    Layout layout = memory.layout();
    return layout.groups().get(layout.groupOf(tensor(name))).name();
  }

  /**
   * The dimensions of a tensor.
   *
   * @param name the tensor's
   * @return as they were given
   */
  public List<Long> shape(String name) {
    return tensor(name).shape();
  }

  /**
   * Where a tensor begins in {@link #parameters()} and {@link #gradients()}, for those who move all
   * of them at once, and in the order in which gradients are measured.
   *
   * @param name the tensor's
   * @return the offset in elements; a group's tensors lie one right behind the other, but for those
   *     whose accumulators are in blocks ({@link DataType#BLOCK8}), before which some elements can
   *     be unused. Of a table, which is in neither, the place by which its random bits are made
   */
  public long offset(String name) {
    return tensor(name).offset();
  }

  /**
   * The parameters of a tensor, to read and write.
   *
   * @param name the tensor's
   * @return a view, in row-major order, a new one each time
   */
  public DeviceBuffer parameter(String name) {
    return memory.parameter(tensor(name));
  }

  /**
   * The gradient of a tensor, to read and write.
   *
   * @param name the tensor's
   * @return a view, laid out like the parameters, a new one each time
   * @throws IllegalArgumentException if it is a table, whose gradient comes row by row
   * @throws IllegalStateException if the parameters were brought, and the gradient not yet
   */
  public DeviceBuffer gradient(String name) {
    return memory.gradient(tensor(name));
  }

  /**
   * Has the gradient of a tensor be read from a buffer of the caller's, from the next step on,
   * until another is given. After a tensor's first one it allocates nothing, so that each step can
   * have another: wherever a framework has put the gradient this time. Nothing looks at the buffer
   * but steps by this tensor and {@link #zeroGradients()}.
   *
   * @param name the tensor's
   * @param gradient of this backend, laid out like the parameters; stays the caller's to close
   * @throws IllegalArgumentException if the buffer is closed, of another backend, type or length,
   *     or memory of the tensor's parameters; that of its group's others is refused by the step,
   *     before it begins
   * @throws IllegalStateException if the last step is half done
   * @throws DeviceOutOfMemoryException if gradients are to be gathered for the policy from now on,
   *     and there is too little memory for that; nothing has changed
   */
  public void gradient(String name, DeviceBuffer gradient) {
    launches.bind(name, gradient);
  }

  /**
   * Gives the gradient of some rows of a table, for the next step. Called again before it, the rows
   * are added to those that are there: what comes for a row twice, in one call or in several, is
   * summed, as {@link RowGradients} defines. A row that is given is stepped, also if its gradient
   * is zero; all others keep parameters and accumulators to the last bit. A table that is given no
   * row is not stepped. With micro-batches the rows of all of them count. A step that throws before
   * anything was launched leaves the rows as they are: they need not be given again.
   *
   * <p>The arrays may change when it returns. All is checked on the host, and nothing waits for the
   * device but as a {@link DeviceBuffer#write} does. On the Java heap memory is taken if there are
   * more rows than ever before, and some small objects in each call.
   *
   * @param name the table's, made by {@link OptimizerBuilder#sparseParameter}
   * @param rows the number of each row, from 0 on, in any order
   * @param values the elements of the first row, then those of the second one, and so on
   * @throws IllegalArgumentException if the tensor is no table, is not computed in floats, or there
   *     are not as many values as the rows have elements; nothing has changed
   * @throws IndexOutOfBoundsException if there is no such row; nothing has changed
   * @throws IllegalStateException if the last step is half done
   * @throws DeviceOutOfMemoryException if there is too little memory; nothing has changed
   */
  public void gradientRows(String name, int[] rows, float[] values) {
    launches.table(name).add(rows, values);
  }

  /**
   * As the other method, for rows that are counted in longs, as some frameworks do.
   *
   * @param name the table's
   * @param rows the number of each row
   * @param values their elements
   */
  public void gradientRows(String name, long[] rows, float[] values) {
    launches.table(name).add(rows, values);
  }

  /**
   * As the other method, for values on the device, which are copied.
   *
   * @param name the table's
   * @param rows the number of each row
   * @param values their elements, of the type that parameters are computed in
   */
  public void gradientRows(String name, int[] rows, DeviceBuffer values) {
    launches.inTurn(() -> launches.table(name).add(rows, values));
  }

  /**
   * As the other method, for rows that are counted in longs, and values on the device.
   *
   * @param name the table's
   * @param rows the number of each row
   * @param values their elements
   */
  public void gradientRows(String name, long[] rows, DeviceBuffer values) {
    launches.inTurn(() -> launches.table(name).add(rows, values));
  }

  /**
   * As the other method, for parameters that are computed in doubles.
   *
   * @param name the table's
   * @param rows the number of each row
   * @param values their elements
   */
  public void gradientRows(String name, int[] rows, double[] values) {
    launches.table(name).add(rows, values);
  }

  /**
   * As the other method, for rows that are counted in longs, and parameters that are computed in
   * doubles.
   *
   * @param name the table's
   * @param rows the number of each row
   * @param values their elements
   */
  public void gradientRows(String name, long[] rows, double[] values) {
    launches.table(name).add(rows, values);
  }

  /**
   * The accumulators of a tensor, to save and restore.
   *
   * @param name the tensor's
   * @return views, laid out like the parameters, new ones each time
   */
  public RmsPropState state(String name) {
    return memory.state(tensor(name), tensor(name));
  }

  private Layout.Tensor tensor(String name) {
    return memory.layout().tensor(name);
  }

  /**
   * Adds a tensor of parameters, zero at first, to those that are stepped.
   *
   * @param name what it is called; not empty, and no other's
   * @param group the name of its group; {@code ""} for the optimizer's rule
   * @param shape as in {@link OptimizerBuilder#parameter(String, long...)}
   * @throws IllegalArgumentException naming what is wrong; nothing has changed
   * @throws IllegalStateException if the last step is half done
   * @throws DeviceOutOfMemoryException if there is too little memory; nothing has changed
   */
  public void add(String name, String group, long... shape) {
    launches.add(name, group, shape, null);
  }

  /**
   * Adds a tensor whose parameters the caller brings; all else is as in the other method.
   *
   * @param name what it is called
   * @param group the name of its group
   * @param parameters as in {@link OptimizerBuilder#parameter(String, DeviceBuffer, long...)}
   * @param shape as there
   */
  public void add(String name, String group, DeviceBuffer parameters, long... shape) {
    launches.add(name, group, shape, Objects.requireNonNull(parameters, "parameters"));
  }

  /**
   * All parameters; where a group begins, or a tensor whose accumulators are in blocks, some unused
   * elements are before it, which nothing steps.
   *
   * @return a view of the memory that {@link #parameter} gives views of
   * @throws IllegalStateException if some were brought or added later, or are a table
   */
  public DeviceBuffer parameters() {
    return view(memory.whole().parameters());
  }

  /**
   * All gradients, laid out like {@link #parameters()}; what no tensor has is to stay zero.
   *
   * @return a view of the memory that {@link #gradient(String)} gives views of, but for tensors
   *     whose gradient is read from a buffer of the caller's
   * @throws IllegalStateException if some parameters were brought or added later, or are a table
   */
  public DeviceBuffer gradients() {
    return view(memory.whole().gradients());
  }

  /**
   * The sum of a tensor's gradients in the micro-batches gathered for the next step, to save and
   * restore. It counts while {@link Progress#gatheredMicroBatches} is not 0.
   *
   * @param name the tensor's
   * @return a view, laid out like the parameters; empty if the policy averages none
   */
  public Optional<DeviceBuffer> gatheredGradient(String name) {
    Layout.Tensor tensor = tensor(name);
    return memory.gradients().accumulates() && !tensor.isTable()
        ? Optional.of(memory.row().slice(tensor.offset(), tensor.length()))
        : Optional.empty();
  }

  private static DeviceBuffer view(DeviceBuffer buffer) {
    return buffer.slice(0, buffer.length());
  }

  /**
   * Takes the gradients that are there. If the policy averages micro-batches, each but the last of
   * them is only added up.
   *
   * @return whether this was a step, and not a micro-batch on the way to one; a step that the
   *     policy skips is one too
   * @throws IllegalStateException if the last step is half done, or a tensor that was brought has
   *     no gradient, or a closed one
   * @throws IllegalArgumentException if the schedule gives a learning rate that cannot be; nothing
   *     was begun
   * @throws ArithmeticException if the policy says {@link GradientPolicy.NonFinite#THROW} and the
   *     gradients are not finite: parameters, accumulators and {@link #stepCount()} are as before;
   *     the schedule, a dynamic loss scale and {@link #skippedSteps()} have moved on
   */
  public boolean step() {
    return launches.step();
  }

  /**
   * Takes a step in which only some tensors have a gradient. The others keep parameters and
   * accumulators to the last bit, as PyTorch's parameters without a {@code grad} do. A gradient of
   * zero is not the same: accumulators decay, and momentum and weight decay move parameters.
   *
   * <p>What is in the others' gradients does not count, and may be set to zero. Of micro-batches,
   * those tensors are stepped that were in one; where they were not, their gradient is zero. Naming
   * none is a step too: the schedule and {@link #stepCount()} move on. A table that was given rows
   * must be named. Names that were together in one of the last steps make nothing on the Java heap
   * but the collection's iterator.
   *
   * @param names of the tensors that have a gradient, each once, in any order
   * @return as {@link #step()}
   * @throws IllegalArgumentException as {@link #step()}, and if a name is unknown or there twice
   * @throws IllegalStateException as {@link #step()}, and if a table was given rows and is not
   *     named
   */
  public boolean step(Collection<String> names) {
    return launches.step(names);
  }

  /**
   * Goes on with a step that is half done: what has taken it does not take it again. The gradients
   * are to be still those that it was begun with; once others are written, what is left to do with
   * it is {@link #abandonStep()}.
   *
   * @return as {@link #step()}
   * @throws IllegalStateException if none is half done
   * @throws ArithmeticException as {@link #step()}
   */
  public boolean retryStep() {
    return launches.retry();
  }

  /**
   * Gives up a step that is half done. What has taken it keeps it, the rest never will; gathered
   * micro-batches are dropped. For the schedule and {@link #stepCount()} it was a step.
   *
   * @throws IllegalStateException if none is half done
   */
  public void abandonStep() {
    launches.abandon();
  }

  /**
   * Sets all gradients to zero, on the device, also in the buffers of the caller's that they were
   * given in last: their memory must still be there. Rows of tables that were given since the last
   * step or micro-batch are forgotten.
   *
   * @throws IllegalStateException if one of these buffers is closed, or the last step is half done
   *     and tables were given rows for it; nothing has changed
   */
  public void zeroGradients() {
    launches.zeroGradients();
  }

  /**
   * How far this optimizer has come, for {@link #resume}. Waits for the device if steps can be
   * skipped.
   *
   * @return the counters, the learning rate and the loss scale
   * @throws IllegalStateException if the last step is half done, or rows of a table's gradient were
   *     given in micro-batches of a step that is still to come
   */
  public Progress progress() {
    launches.requireNoneHalfDone();
    if (memory.tables().areGathered()) {
      throw new IllegalStateException(
          "rows of the last micro-batches wait for their step: expected progress() after a step");
    }
    GradientDecision decision = memory.gradients().decision();
    return new Progress(
        launches.attempts(),
        skippedSteps(),
        launches.gatheredMicroBatches(),
        launches.gatheredTensors(),
        learningRate(),
        lossScale(),
        decision == null ? 0 : decision.goodSteps());
  }

  /**
   * Goes on where this optimizer, or another one, has been: with the schedule, the learning rate,
   * the counts and a dynamic loss scale. With the parameters, accumulators and gathered gradients
   * of then written to this one afterwards, every later bit is as if nothing had been in between.
   * What is gathered is set to zero before, so it is enough to write that of {@link
   * Progress#gatheredTensors}. A step that is half done is given up.
   *
   * @param progress how far it had come
   * @throws IllegalArgumentException if more micro-batches are gathered than the policy averages, a
   *     gathered tensor is unknown, or the learning rate or the loss scale cannot be used here;
   *     nothing has changed
   */
  public void resume(Progress progress) {
    launches.resume(progress);
  }

  /**
   * How many steps have changed the parameters. Waits for the device if steps can be skipped.
   *
   * @return the count, without skipped steps and micro-batches, with abandoned steps and those
   *     before a resumed training
   */
  public long stepCount() {
    return launches.attempts() - skippedSteps();
  }

  /**
   * How many steps the policy has skipped. Waits for the device if steps can be.
   *
   * @return the count, with those before a resumed training
   */
  public long skippedSteps() {
    return launches.skipped();
  }

  /**
   * What the next loss is to be multiplied by. Waits for the device if it is a dynamic loss scale.
   *
   * @return the loss scale, 1 without one
   */
  public double lossScale() {
    return memory.gradients().decision() == null ? 1 : memory.gradients().decision().lossScale();
  }

  /**
   * The norm of the last step's gradients, before clipping. Waits for the device.
   *
   * @return the norm, loss scale taken out; infinite or NaN if they were not finite
   * @throws IllegalStateException if the policy measures none
   */
  public double gradientNorm() {
    GradientDecision decision = memory.gradients().decision();
    if (decision == null || !decision.policy().measures()) {
      throw new IllegalStateException(
          "no norm is measured: expected a policy that clips by it, or that skips steps");
    }
    return decision.norm();
  }

  /** {@return what the learning rate follows, if it was built with that} */
  public Optional<LearningRateSchedule> schedule() {
    return Optional.ofNullable(schedule);
  }

  /** {@return the rule's learning rate: the next step's, or with a schedule the last one's} */
  public double learningRate() {
    return launches.learningRate();
  }

  /**
   * Sets the learning rate of the optimizer's rule from the next step on; groups keep their ratio
   * to it. A schedule sets it again before each step.
   *
   * @param learningRate finite and at least 0
   * @throws IllegalArgumentException if it is not; nothing has changed
   */
  public void learningRate(double learningRate) {
    launches.learningRate(learningRate);
  }

  /** Frees what it has allocated; a second call does nothing. */
  @Override
  public void close() {
    memory.close();
    leak.clean();
  }
}
