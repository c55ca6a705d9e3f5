package dev.rootmean;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Lays out the parameters of an {@link Optimizer}, in the order in which they are named here, and
 * says how they are stepped.
 */
public final class OptimizerBuilder {
  /**
   * Elements that every group's start is a multiple of. Its accumulators begin at 0, and processors
   * step fastest what begins at one place within its pages everywhere. Nothing is between a group's
   * tensors: it would be stepped with them.
   */
  private static final int GROUP_ALIGNMENT = 16_384;

  private final OptimizerBackend backend;
  private final RmsProp rule;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final List<Group> groups = new ArrayList<>();
  private final Set<String> groupNames = new HashSet<>();
  private DataType type = DataType.FLOAT32;
  private GradientPolicy policy = GradientPolicy.NONE;
  private LearningRateSchedule schedule;
  private Progress resumed;
  private long length;

  /** Where a tensor lies in the flat buffers, and which of all tensors it is. */
  record Tensor(int index, List<Long> shape, long offset, long length) {}

  /** A range of the flat buffers that is stepped by one rule. */
  record Group(String name, RmsProp rule, long offset, long end) {}

  OptimizerBuilder(OptimizerBackend backend, RmsProp rule) {
    this.backend = Objects.requireNonNull(backend, "backend");
    this.rule = Objects.requireNonNull(rule, "rule");
    groups.add(new Group("", rule, 0, 0));
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
    Objects.requireNonNull(name, "name");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("parameter without a name: expected one");
    }
    if (tensors.containsKey(name)) {
      throw new IllegalArgumentException(
          "parameter \"" + name + "\" is there already: expected another name");
    }
    try {
      long size = 1;
      for (long dimension : shape) {
        if (dimension < 1) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT,
                  "parameter \"%s\" has shape %s: expected dimensions of at least 1",
                  name,
                  Arrays.toString(shape)));
        }
        size = Math.multiplyExact(size, dimension);
      }
      long end = Math.addExact(length, size);
      List<Long> dimensions = Arrays.stream(shape).boxed().toList();
      tensors.put(name, new Tensor(tensors.size(), dimensions, length, size));
      length = end;
      Group group = groups.remove(groups.size() - 1);
      groups.add(new Group(group.name(), group.rule(), group.offset(), end));
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "parameter \"%s\" of shape %s makes more than 2^63 elements",
              name,
              Arrays.toString(shape)),
          e);
    }
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
    if (!groupNames.add(name)) {
      throw new IllegalArgumentException(
          "group \"" + name + "\" is there already: expected another name");
    }
    RmsProp changed = change.apply(rule.toBuilder()).build();
    try {
      length = Math.addExact(length, GROUP_ALIGNMENT - 1) / GROUP_ALIGNMENT * GROUP_ALIGNMENT;
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("group \"" + name + "\" begins beyond 2^63 elements", e);
    }
    groups.add(new Group(name, changed, length, length));
    return this;
  }

  /**
   * Goes on where another optimizer stopped: with the schedule, the learning rate, the counts and a
   * dynamic loss scale. With its parameters, accumulators and gathered gradients written to this
   * one, every later bit is as if it had never stopped.
   *
   * @param progress how far the other one had come
   * @return this builder
   */
  public OptimizerBuilder resume(Progress progress) {
    resumed = Objects.requireNonNull(progress, "progress");
    return this;
  }

  /**
   * Sets the type of parameters, gradients and accumulators; {@link DataType#FLOAT32} without it.
   *
   * @param type the type
   * @return this builder
   * @throws IllegalArgumentException if nothing is computed in it
   */
  public OptimizerBuilder dataType(DataType type) {
    if (Objects.requireNonNull(type, "type") != type.compute()) {
      throw new IllegalArgumentException(
          "dataType " + type + ": expected one to compute in, such as " + type.compute());
    }
    this.type = type;
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
   * Takes the memory on the device.
   *
   * @return the optimizer, the caller's to close before the backend
   * @throws IllegalArgumentException if there are no parameters, a group has none, groups have
   *     learning rates of their own beside one of 0, more micro-batches are gathered than the
   *     policy averages, or the type cannot hold a rule's or the policy's settings
   * @throws DeviceOutOfMemoryException if the device has too little memory left; nothing is kept
   */
  public Optimizer build() {
    if (tensors.isEmpty()) {
      throw new IllegalArgumentException("no parameters: expected at least one");
    }
    List<Group> used = new ArrayList<>();
    for (int i = 0; i < groups.size(); i++) {
      Group group = groups.get(i);
      boolean empty = group.end() == group.offset();
      if (empty && i > 0) {
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
      if (!empty) {
        used.add(group);
      }
    }
    Progress start = start();
    GroupRules rules = GroupRules.of(rule.learningRate(), used.stream().map(Group::rule).toList());
    OptimizerMemory memory =
        new OptimizerMemory(backend, type, tensors, used, length, policy, start);
    boolean complete = false;
    try {
      Optimizer optimizer = new Optimizer(backend, memory, rules, schedule, start);
      complete = true;
      return optimizer;
    } finally {
      if (!complete) {
        memory.close();
      }
    }
  }

  private Progress start() {
    if (resumed == null) {
      return new Progress(0, 0, 0, rule.learningRate(), policy.lossScale().initial(), 0);
    }
    if (resumed.gatheredMicroBatches() >= policy.microBatches()) {
      throw new IllegalArgumentException(
          "gatheredMicroBatches "
              + resumed.gatheredMicroBatches()
              + ": expected fewer than the policy's "
              + policy.microBatches());
    }
    return resumed;
  }
}
