package dev.rootmean;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Named parameters with their gradients and accumulators, stepped together.
 *
 * <pre>{@code
 * Optimizer optimizer =
 *     Optimizer.builder(backend, RmsProp.pytorch())
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
 * step is one launch for each group, however many tensors it has. A step waits for nothing and
 * allocates nothing on the Java heap; where a schedule changes the learning rate, only the new
 * rules. Like its backend, an optimizer may be used by any thread, but by one at a time.
 */
public final class Optimizer implements AutoCloseable {
  private final OptimizerBackend backend;
  private final Map<String, OptimizerBuilder.Tensor> tensors;
  private final LearningRateSchedule schedule;
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();
  private final Map<String, Slices> slices = new LinkedHashMap<>();
  private final Group[] groups;
  private final DeviceBuffer parameters;
  private final DeviceBuffer gradients;

  /** The sum of the micro-batches' gradients; the gradients themselves if there is but one. */
  private final DeviceBuffer accumulated;

  /** Null for gradients as they are. */
  private final GradientControl control;

  private double learningRate;
  private long attempts;
  private int microBatch;

  private record Slices(DeviceBuffer parameter, DeviceBuffer gradient, RmsPropState state) {}

  private static final class Group {
    final DeviceBuffer parameters;
    final DeviceBuffer gradients;
    final RmsPropState state;

    /** Of its learning rate to the optimizer's. */
    final double ratio;

    RmsProp rule;

    Group(
        DeviceBuffer parameters,
        DeviceBuffer gradients,
        RmsPropState state,
        RmsProp rule,
        double ratio) {
      this.parameters = parameters;
      this.gradients = gradients;
      this.state = state;
      this.rule = rule;
      this.ratio = ratio;
    }
  }

  Optimizer(
      OptimizerBackend backend,
      RmsProp rule,
      DataType type,
      Map<String, OptimizerBuilder.Tensor> tensors,
      List<OptimizerBuilder.Group> layout,
      long length,
      GradientPolicy policy,
      LearningRateSchedule schedule) {
    this.backend = backend;
    this.tensors = new LinkedHashMap<>(tensors);
    this.schedule = schedule;
    this.learningRate = rule.learningRate();
    this.groups = new Group[layout.size()];
    boolean complete = false;
    try {
      parameters = own(backend.allocate(type, length));
      gradients = own(backend.allocate(type, length));
      accumulated = policy.microBatches() == 1 ? gradients : own(backend.allocate(type, length));
      control =
          policy.equals(GradientPolicy.NONE)
              ? null
              : own(GradientControl.allocate(backend, policy, type, length));
      for (int i = 0; i < groups.length; i++) {
        OptimizerBuilder.Group group = layout.get(i);
        long end = i + 1 < groups.length ? layout.get(i + 1).offset() : length;
        groups[i] = group(group, end - group.offset(), type);
        slice(group.offset(), end, groups[i].state);
      }
      complete = true;
    } finally {
      if (!complete) {
        close();
      }
    }
  }

  private <T extends AutoCloseable> T own(T resource) {
    owned.push(resource);
    return resource;
  }

  private Group group(OptimizerBuilder.Group group, long length, DataType type) {
    double rate = group.rule().learningRate();
    return new Group(
        parameters.slice(group.offset(), length),
        accumulated.slice(group.offset(), length),
        own(RmsPropState.allocate(backend, group.rule(), type, length)),
        group.rule(),
        rate == learningRate ? 1 : rate / learningRate);
  }

  private void slice(long start, long end, RmsPropState state) {
    tensors.forEach(
        (name, tensor) -> {
          long at = tensor.offset();
          if (at >= start && at < end) {
            slices.put(
                name,
                new Slices(
                    parameters.slice(at, tensor.length()),
                    gradients.slice(at, tensor.length()),
                    state.slice(at - start, tensor.length())));
          }
        });
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

  /**
   * The names of the tensors.
   *
   * @return in the order of the layout
   */
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  /**
   * The dimensions of a tensor.
   *
   * @param name the tensor's
   * @return as they were given
   * @throws IllegalArgumentException if there is no such tensor
   */
  public List<Long> shape(String name) {
    slices(name);
    return tensors.get(name).shape();
  }

  /**
   * Where a tensor begins in {@link #parameters()} and {@link #gradients()}, for those who move all
   * of them at once.
   *
   * @param name the tensor's
   * @return the offset in elements, a multiple of 4
   * @throws IllegalArgumentException if there is no such tensor
   */
  public long offset(String name) {
    slices(name);
    return tensors.get(name).offset();
  }

  /**
   * The parameters of a tensor, to read and write.
   *
   * @param name the tensor's
   * @return a slice, in row-major order
   * @throws IllegalArgumentException if there is no such tensor
   */
  public DeviceBuffer parameter(String name) {
    return slices(name).parameter();
  }

  /**
   * The gradient of a tensor, to read and write.
   *
   * @param name the tensor's
   * @return a slice, laid out like the parameters
   * @throws IllegalArgumentException if there is no such tensor
   */
  public DeviceBuffer gradient(String name) {
    return slices(name).gradient();
  }

  /**
   * The accumulators of a tensor, to save and restore.
   *
   * @param name the tensor's
   * @return slices, laid out like the parameters
   * @throws IllegalArgumentException if there is no such tensor
   */
  public RmsPropState state(String name) {
    return slices(name).state();
  }

  private Slices slices(String name) {
    Slices found = slices.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "no parameter \"%s\": there is %s".formatted(name, String.join(", ", slices.keySet())));
    }
    return found;
  }

  /**
   * All parameters, with a few unused elements between tensors.
   *
   * @return the buffer that {@link #parameter} gives slices of
   */
  public DeviceBuffer parameters() {
    return parameters;
  }

  /**
   * All gradients, laid out like {@link #parameters()}; what lies between tensors is to stay zero.
   *
   * @return the buffer that {@link #gradient} gives slices of
   */
  public DeviceBuffer gradients() {
    return gradients;
  }

  /**
   * Takes the gradients that are there. If the policy averages micro-batches, each but the last of
   * them is only added up.
   *
   * <p>Groups are stepped one after the other: if the backend throws, those before have taken their
   * step, and the others have not.
   *
   * @return whether this was a step, and not a micro-batch on the way to one; a step that the
   *     policy skips is one too
   * @throws ArithmeticException if the policy says {@link GradientPolicy.NonFinite#THROW} and the
   *     gradients are not finite; nothing has changed but {@link #skippedSteps()}
   */
  public boolean step() {
    if (accumulated != gradients && !accumulate()) {
      return false;
    }
    if (schedule != null) {
      learningRate(schedule.learningRate(attempts));
    }
    attempts++;
    if (control == null) {
      for (Group group : groups) {
        backend.step(group.rule, group.parameters, group.gradients, group.state);
      }
      return true;
    }
    if (control.policy().measures()) {
      backend.measure(accumulated, control);
      if (control.policy().nonFinite() == GradientPolicy.NonFinite.THROW && control.isSkipping()) {
        throw new ArithmeticException(
            "the gradients of step %,d are not finite: nothing was changed".formatted(attempts));
      }
    }
    for (Group group : groups) {
      backend.step(group.rule, group.parameters, group.gradients, group.state, control);
    }
    return true;
  }

  /** Adds a micro-batch's gradients up; whether it was the last of a step. */
  private boolean accumulate() {
    if (microBatch == 0) {
      accumulated.copyFrom(gradients);
    } else {
      accumulated.add(gradients);
    }
    microBatch = (microBatch + 1) % control.policy().microBatches();
    return microBatch == 0;
  }

  /** Sets all gradients to zero, on the device. */
  public void zeroGradients() {
    gradients.zero();
  }

  /**
   * How many steps have changed the parameters. Waits for the device if steps can be skipped.
   *
   * @return the count, without skipped steps and micro-batches
   */
  public long stepCount() {
    return attempts - skippedSteps();
  }

  /**
   * How many steps the policy has skipped. Waits for the device if steps can be.
   *
   * @return the count
   */
  public long skippedSteps() {
    boolean skips =
        control != null && control.policy().nonFinite() != GradientPolicy.NonFinite.IGNORE;
    return skips ? control.skipped() : 0;
  }

  /**
   * What the next loss is to be multiplied by. Waits for the device if the policy's loss scale is a
   * dynamic one.
   *
   * @return the loss scale, 1 without one
   */
  public double lossScale() {
    return control == null ? 1 : control.lossScale();
  }

  /**
   * The norm of the last step's gradients, before clipping. Waits for the device.
   *
   * @return the norm, loss scale taken out; infinite or NaN if they were not finite
   * @throws IllegalStateException if the policy measures none
   */
  public double gradientNorm() {
    if (control == null || !control.policy().measures()) {
      throw new IllegalStateException(
          "no norm is measured: expected a policy that clips by it, or that skips steps");
    }
    return control.norm();
  }

  /**
   * The learning rate of the optimizer's rule in the last step, or for the next one without a
   * schedule.
   *
   * @return the learning rate
   */
  public double learningRate() {
    return learningRate;
  }

  /**
   * Sets the learning rate of the optimizer's rule from the next step on; groups keep their ratio
   * to it. A schedule sets it again before each step.
   *
   * @param learningRate finite and at least 0
   * @throws IllegalArgumentException if it is not; nothing has changed
   */
  public void learningRate(double learningRate) {
    if (learningRate == this.learningRate) {
      return;
    }
    RmsProp[] rules = new RmsProp[groups.length];
    for (int i = 0; i < groups.length; i++) {
      double rate = learningRate * groups[i].ratio;
      rules[i] = groups[i].rule.toBuilder().learningRate(rate).build();
    }
    for (int i = 0; i < groups.length; i++) {
      groups[i].rule = rules[i];
    }
    this.learningRate = learningRate;
  }

  /** Frees parameters, gradients and accumulators; a second call does nothing. */
  @Override
  public void close() {
    List<AutoCloseable> all = new ArrayList<>(owned);
    owned.clear();
    for (AutoCloseable resource : all) {
      try {
        resource.close();
      } catch (Exception e) { // none of them throws any
        throw new AssertionError(e);
      }
    }
  }
}
