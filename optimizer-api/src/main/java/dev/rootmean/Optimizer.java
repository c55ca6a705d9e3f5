package dev.rootmean;

import java.util.List;
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
  private final LearningRateSchedule schedule;
  private final OptimizerMemory memory;

  /** What each group is stepped by. */
  private final RmsProp[] rules;

  /** Of each group's learning rate to the optimizer's. */
  private final double[] ratios;

  private double learningRate;
  private long attempts;
  private int microBatch;

  // How far the step has come, for a backend that throws in the middle.
  private boolean started;
  private boolean measured;
  private int nextGroup;

  Optimizer(
      OptimizerBackend backend,
      RmsProp rule,
      OptimizerMemory memory,
      List<RmsProp> rules,
      LearningRateSchedule schedule,
      long firstStep) {
    this.backend = backend;
    this.memory = memory;
    this.rules = rules.toArray(RmsProp[]::new);
    this.schedule = schedule;
    this.attempts = firstStep;
    this.learningRate = rule.learningRate();
    ratios = new double[this.rules.length];
    for (int i = 0; i < ratios.length; i++) {
      double rate = this.rules[i].learningRate();
      ratios[i] = rate == learningRate ? 1 : rate / learningRate;
    }
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
    return memory.names();
  }

  /**
   * The dimensions of a tensor.
   *
   * @param name the tensor's
   * @return as they were given
   * @throws IllegalArgumentException if there is no such tensor
   */
  public List<Long> shape(String name) {
    return memory.tensor(name).shape();
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
    return memory.tensor(name).offset();
  }

  /**
   * The parameters of a tensor, to read and write.
   *
   * @param name the tensor's
   * @return a slice, in row-major order, a new one each time
   * @throws IllegalArgumentException if there is no such tensor
   */
  public DeviceBuffer parameter(String name) {
    return memory.parameter(name);
  }

  /**
   * The gradient of a tensor, to read and write.
   *
   * @param name the tensor's
   * @return a slice, laid out like the parameters, a new one each time
   * @throws IllegalArgumentException if there is no such tensor
   */
  public DeviceBuffer gradient(String name) {
    return memory.gradient(name);
  }

  /**
   * The accumulators of a tensor, to save and restore.
   *
   * @param name the tensor's
   * @return slices, laid out like the parameters, new ones each time
   * @throws IllegalArgumentException if there is no such tensor
   */
  public RmsPropState state(String name) {
    return memory.state(name);
  }

  /**
   * All parameters, with some unused elements between tensors and more between groups.
   *
   * @return a view of the memory that {@link #parameter} gives slices of
   */
  public DeviceBuffer parameters() {
    return memory.parameters().slice(0, memory.parameters().length());
  }

  /**
   * All gradients, laid out like {@link #parameters()}; what lies between tensors is to stay zero.
   *
   * @return a view of the memory that {@link #gradient} gives slices of
   */
  public DeviceBuffer gradients() {
    return memory.gradients().slice(0, memory.gradients().length());
  }

  /**
   * Takes the gradients that are there. If the policy averages micro-batches, each but the last of
   * them is only added up.
   *
   * <p>If the backend throws in the middle and is not lost, the next call goes on with that step
   * where it stopped: groups that have taken it do not take it again.
   *
   * @return whether this was a step, and not a micro-batch on the way to one; a step that the
   *     policy skips is one too
   * @throws ArithmeticException if the policy says {@link GradientPolicy.NonFinite#THROW} and the
   *     gradients are not finite: parameters, accumulators and {@link #stepCount()} are as before;
   *     the schedule, a dynamic loss scale and {@link #skippedSteps()} have moved on
   */
  public boolean step() {
    if (!started) {
      if (memory.accumulates() && !accumulate()) {
        return false;
      }
      if (schedule != null) {
        learningRate(schedule.learningRate(attempts));
      }
      started = true;
    }
    GradientControl control = memory.control();
    if (control != null && control.policy().measures()) {
      if (!measured) {
        backend.measure(memory.accumulated(), control);
        measured = true;
      }
      if (control.policy().nonFinite() == GradientPolicy.NonFinite.THROW && control.isSkipping()) {
        finish();
        throw new ArithmeticException(
            "the gradients of step %,d are not finite: nothing was changed".formatted(attempts));
      }
    }
    for (; nextGroup < rules.length; nextGroup++) {
      OptimizerMemory.Group group = memory.group(nextGroup);
      RmsProp rule = rules[nextGroup];
      if (control == null) {
        backend.step(rule, group.parameters(), group.gradients(), group.state());
      } else {
        backend.step(rule, group.parameters(), group.gradients(), group.state(), control);
      }
    }
    finish();
    return true;
  }

  private void finish() {
    attempts++;
    started = false;
    measured = false;
    nextGroup = 0;
  }

  /** Adds a micro-batch's gradients up; whether it was the last of a step. */
  private boolean accumulate() {
    if (microBatch == 0) {
      memory.accumulated().copyFrom(memory.gradients());
    } else {
      memory.accumulated().add(memory.gradients());
    }
    microBatch = (microBatch + 1) % memory.control().policy().microBatches();
    return microBatch == 0;
  }

  /** Sets all gradients to zero, on the device. */
  public void zeroGradients() {
    memory.gradients().zero();
  }

  /**
   * How many steps have changed the parameters. Waits for the device if steps can be skipped.
   *
   * @return the count, without skipped steps and micro-batches, with those before the first one if
   *     the builder was told of any
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
    GradientControl control = memory.control();
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
    return memory.control() == null ? 1 : memory.control().lossScale();
  }

  /**
   * The norm of the last step's gradients, before clipping. Waits for the device.
   *
   * @return the norm, loss scale taken out; infinite or NaN if they were not finite
   * @throws IllegalStateException if the policy measures none
   */
  public double gradientNorm() {
    GradientControl control = memory.control();
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
    RmsProp[] changed = new RmsProp[rules.length];
    for (int i = 0; i < rules.length; i++) {
      changed[i] = rules[i].toBuilder().learningRate(learningRate * ratios[i]).build();
    }
    System.arraycopy(changed, 0, rules, 0, rules.length);
    this.learningRate = learningRate;
  }

  /** Frees parameters, gradients and accumulators; a second call does nothing. */
  @Override
  public void close() {
    memory.close();
  }
}
