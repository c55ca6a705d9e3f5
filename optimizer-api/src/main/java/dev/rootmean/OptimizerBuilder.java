package dev.rootmean;

import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lays out the parameters of an {@link Optimizer}, in the order in which they are named here, and
 * says how they are stepped.
 *
 * @since 0.1.0
 */
public final class OptimizerBuilder {
  private static final Logger LOG = LoggerFactory.getLogger(OptimizerBuilder.class);

  /** Once is enough: many optimizers of a process are alike. */
  private static final AtomicBoolean WARNED = new AtomicBoolean();

  private final OptimizerBackend backend;
  private final RmsProp rule;
  private final Layout layout = new Layout();
  private Precision precision = Precision.FLOAT32;
  private GradientPolicy policy = GradientPolicy.NONE;
  private LearningRateSchedule schedule;
  private ForeignQueue queue;

  OptimizerBuilder(OptimizerBackend backend, RmsProp rule) {
    this.backend = Objects.requireNonNull(backend, "backend");
    this.rule = Objects.requireNonNull(rule, "rule");
    layout.addGroup("", rule);
    layout.beginSection(0);
  }

  /**
   * Adds a tensor of parameters, zero at first, to the group that was begun last.
   *
   * @param name what it is called, such as {@code layer1.weight}; not empty, and no other's
   * @param shape its dimensions, each at least 1; none for a single number
   * @return this builder
   * @throws IllegalArgumentException naming the tensor and what is wrong with it
   */
  public OptimizerBuilder parameter(String name, long... shape) {
    layout.add(name, shape, null);
    return this;
  }

  /**
   * Adds a tensor whose parameters are in a buffer that the caller brings, such as a wrapped one:
   * they are stepped where they are. The accumulators are the optimizer's. It has no gradient until
   * one is given by {@link Optimizer#gradient(String, DeviceBuffer)}.
   *
   * @param name as in the other method
   * @param parameters of the same backend, in row-major order, which no open optimizer steps; stays
   *     the caller's to close, after the optimizer
   * @param shape its dimensions, whose product is the buffer's length; none for that length alone
   * @return this builder
   * @throws IllegalArgumentException naming the tensor and what is wrong with it
   */
  public OptimizerBuilder parameter(String name, DeviceBuffer parameters, long... shape) {
    layout.add(name, shape, Objects.requireNonNull(parameters, "parameters"));
    return this;
  }

  /**
   * Adds a table, such as an embedding, of which a step touches the rows that its gradient has: see
   * {@link Optimizer#gradientRows}. All other rows keep parameters and accumulators to the last
   * bit, and no memory is taken for their gradients.
   *
   * @param name as in {@link #parameter(String, long...)}
   * @param rows how many rows it has, fewer than 2³¹
   * @param width how many elements a row has
   * @return this builder
   * @throws IllegalArgumentException naming the tensor and what is wrong with it
   */
  public OptimizerBuilder sparseParameter(String name, long rows, int width) {
    layout.addTable(name, rows, width, null);
    return this;
  }

  /**
   * Adds a table whose parameters are in a buffer that the caller brings.
   *
   * @param name as in the other method
   * @param parameters as in {@link #parameter(String, DeviceBuffer, long...)}
   * @param rows how many rows it has
   * @param width how many elements a row has; together the buffer's length
   * @return this builder
   * @throws IllegalArgumentException naming the tensor and what is wrong with it
   */
  public OptimizerBuilder sparseParameter(
      String name, DeviceBuffer parameters, long rows, int width) {
    layout.addTable(name, rows, width, Objects.requireNonNull(parameters, "parameters"));
    return this;
  }

  /**
   * Begins a group: the parameters that are added from here on are stepped by a rule of their own.
   *
   * @param name what it is called; not empty, and no other's
   * @param change makes the group's rule from the optimizer's, such as {@code rule ->
   *     rule.weightDecay(0)}
   * @return this builder
   * @throws IllegalArgumentException if the name is empty or taken, or the rule cannot be
   */
  public OptimizerBuilder group(String name, UnaryOperator<RmsPropBuilder> change) {
    Objects.requireNonNull(name, "name");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("group without a name: expected one");
    }
    if (layout.hasGroup(name)) {
      throw new IllegalArgumentException(
          "group \"" + name + "\" is there already: expected another name");
    }
    RmsProp changed = change.apply(rule.toBuilder()).build();
    layout.beginSection(layout.groups().size());
    layout.addGroup(name, changed);
    return this;
  }

  /**
   * Sets the type of parameters, gradients and accumulators, as {@link #precision} of that type
   * alone does.
   *
   * @param type the type
   * @return this builder
   * @throws IllegalArgumentException if there is no step in that type alone
   */
  public OptimizerBuilder dataType(DataType type) {
    return precision(Precision.of(type));
  }

  /**
   * Sets in how many bits parameters, gradients and accumulators are stored; {@link
   * Precision#FLOAT32} without it.
   *
   * @param precision the precision
   * @return this builder
   */
  public OptimizerBuilder precision(Precision precision) {
    this.precision = Objects.requireNonNull(precision, "precision");
    return this;
  }

  /**
   * Sets what is done to gradients before the rule sees them; without it, nothing is.
   *
   * @param policy the policy
   * @return this builder
   */
  public OptimizerBuilder policy(GradientPolicy policy) {
    this.policy = Objects.requireNonNull(policy, "policy");
    return this;
  }

  /**
   * Has the learning rate follow a schedule instead of staying what the rule says.
   *
   * @param schedule gives the learning rate of the optimizer's rule for each step; a group whose
   *     rule has another keeps its ratio to it
   * @return this builder
   */
  public OptimizerBuilder schedule(LearningRateSchedule schedule) {
    this.schedule = Objects.requireNonNull(schedule, "schedule");
    return this;
  }

  /**
   * Has each step come after what another library has queued before it, and before what that queues
   * later; for tensors in that library's memory.
   *
   * @param queue the other library's; called in each step, until the optimizer is closed
   * @return this builder
   */
  public OptimizerBuilder orderedWith(ForeignQueue queue) {
    this.queue = Objects.requireNonNull(queue, "queue");
    return this;
  }

  /**
   * Takes the memory on the device. The first one in a process whose {@link Precision} loses small
   * changes of parameters is a warning in the log.
   *
   * @return the optimizer, the caller's to close before the backend
   * @throws IllegalArgumentException if there are no parameters, a group has none, groups have
   *     learning rates of their own beside one of 0, the types cannot hold a rule's or the policy's
   *     settings, a policy of micro-batches wants to add up gradients and there is no step by their
   *     sum, or a buffer that was brought is closed, of another backend or type, or stepped by
   *     another optimizer
   * @throws DeviceOutOfMemoryException if the device has too little memory left; nothing is kept
   */
  public Optimizer build() {
    if (layout.tensors().isEmpty()) {
      throw new IllegalArgumentException("no parameters: expected at least one");
    }
    for (int i = 1; i < layout.groups().size(); i++) {
      requireUsable(layout.groups().get(i), i);
    }
    GroupRules rules =
        GroupRules.of(
            rule.learningRate(), layout.groups().stream().map(Layout.Group::rule).toList());
    if (policy.microBatches() > 1) {
      requireStepBySums(policy.microBatches() + " micro-batches, whose gradients are");
    }
    for (Layout.Tensor tensor : layout.tensors()) {
      if (tensor.isTable()) {
        requireStepByRows(tensor.name());
      }
    }
    if (precision.losesSmallChanges() && WARNED.compareAndSet(false, true)) {
      LOG.warn(
          "parameters in {} are rounded to nearest: a step that changes one by less than half of its"
              + " last bit is lost, each time; Precision.{} rounds them by random bits instead, and"
              + " Precision.BFLOAT16_WITH_REMAINDER keeps the lower bits",
          precision.parameters(),
          precision.parameters());
    }
    OptimizerMemory memory = new OptimizerMemory(backend, precision, layout.in(precision), policy);
    boolean complete = false;
    try {
      Optimizer optimizer = new Optimizer(backend, memory, rules, schedule, queue);
      complete = true;
      return optimizer;
    } finally {
      if (!complete) {
        memory.close();
      }
    }
  }

  private void requireStepByRows(String table) {
    if (precision.accumulators().isInBlocks()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "table \"%s\" with %s accumulators: expected others, as a row of it would have its"
                  + " neighbours' codes made anew",
              table,
              precision.accumulators()));
    }
    requireStepBySums("table \"" + table + "\", the rows of whose gradient are");
  }

  private void requireStepBySums(String summed) {
    try {
      Precision unused = precision.withGradients(precision.gradients().compute());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s added up in %s: no step of %s parameters with %s accumulators takes such;"
                  + " expected another precision",
              summed,
              precision.gradients().compute(),
              precision.parameters(),
              precision.accumulators()),
          e);
    }
  }

  private void requireUsable(Layout.Group group, int index) {
    if (layout.sections().stream().noneMatch(section -> section.group() == index)) {
      throw new IllegalArgumentException(
          "group \"" + group.name() + "\" has no parameters: expected at least one");
    }
    if (group.rule().learningRate() != rule.learningRate() && rule.learningRate() == 0) {
      throw new IllegalArgumentException(
          String.format(
                  Locale.ROOT,
                  "group \"%s\" has learning rate %s beside the optimizer's 0.0:"
                      + " expected one above 0,",
                  group.name(),
                  group.rule().learningRate())
              + " to which groups keep their ratio");
    }
  }
}
