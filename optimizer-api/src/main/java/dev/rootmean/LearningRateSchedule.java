package dev.rootmean;

import java.util.Objects;

/**
 * The learning rate of each step: a function of the step's number and of nothing else, so that a
 * training can stop and go on anywhere.
 *
 * <pre>{@code
 * LearningRateSchedule schedule = LearningRateSchedule.cosine(0.01, 0, 900).afterWarmup(100);
 * double first = schedule.learningRate(0);
 * }</pre>
 *
 * <p>Steps count from 0. In the formulas below t is the step, α the learning rate at the start. The
 * schedules here refuse a step below 0, go on for ever, and take powers and cosines from {@link
 * StrictMath}, which gives the same bits on every JVM.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface LearningRateSchedule {
  /**
   * The learning rate of one step.
   *
   * @param step the number of steps before this one
   * @return the learning rate, finite and at least 0
   * @throws IllegalArgumentException if {@code step} is less than 0
   */
  double learningRate(long step);

  /**
   * α, always.
   *
   * @param learningRate α, finite and at least 0
   * @return the schedule
   * @throws IllegalArgumentException naming the argument, the value and what was expected
   */
  static LearningRateSchedule constant(double learningRate) {
    return exponentialDecay(learningRate, 1);
  }

  /**
   * α·γ^⌊t / n⌋: a step down every n steps. PyTorch's <a
   * href="https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html">
   * StepLR</a>.
   *
   * @param learningRate α, finite and at least 0
   * @param every n, at least 1
   * @param factor γ, from 0 to 1
   * @return the schedule
   * @throws IllegalArgumentException naming the argument, the value and what was expected
   */
  static LearningRateSchedule stepDecay(double learningRate, long every, double factor) {
    requireAtLeast("every", every, 1);
    LearningRateSchedule decay = exponentialDecay(learningRate, factor);
    return step -> decay.learningRate(requireAtLeast("step", step, 0) / every);
  }

  /**
   * α·γ^t. PyTorch's <a
   * href="https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html">
   * ExponentialLR</a>.
   *
   * @param learningRate α, finite and at least 0
   * @param factor γ, from 0 to 1
   * @return the schedule
   * @throws IllegalArgumentException naming the argument, the value and what was expected
   */
  static LearningRateSchedule exponentialDecay(double learningRate, double factor) {
    requireRate("learningRate", learningRate);
    RmsProp.requireRange("factor", factor, 1);
    return step -> learningRate * StrictMath.pow(factor, time(step));
  }

  /**
   * α / (1 + k·t). Keras's <a
   * href="https://keras.io/api/optimizers/learning_rate_schedules/inverse_time_decay/">
   * InverseTimeDecay</a>, with k its decay_rate / decay_steps.
   *
   * @param learningRate α, finite and at least 0
   * @param decay k, finite and at least 0
   * @return the schedule
   * @throws IllegalArgumentException naming the argument, the value and what was expected
   */
  static LearningRateSchedule inverseTimeDecay(double learningRate, double decay) {
    requireRate("learningRate", learningRate);
    requireRate("decay", decay);
    return step -> learningRate / (1 + decay * time(step));
  }

  /**
   * α + (β − α)·min(t, n) / n: a straight line, up or down, and then β for ever. Optax's <a
   * href="https://optax.readthedocs.io/en/latest/api/optimizer_schedules.html">linear_schedule</a>.
   *
   * @param from α, finite and at least 0
   * @param to β, finite and at least 0
   * @param steps n, at least 1
   * @return the schedule
   * @throws IllegalArgumentException naming the argument, the value and what was expected
   */
  static LearningRateSchedule linear(double from, double to, long steps) {
    requireRate("from", from);
    requireRate("to", to);
    requireAtLeast("steps", steps, 1);
    return step -> {
      double done = Math.min(time(step) / steps, 1);
      return from * (1 - done) + to * done;
    };
  }

  /**
   * β + ½·(α − β)·(1 + cos(π·min(t, n) / n)): half a cosine, and then β for ever. I. Loshchilov and
   * F. Hutter, <a href="https://arxiv.org/abs/1608.03983">SGDR</a>, equation 5, without restarts;
   * Keras's CosineDecay, and PyTorch's CosineAnnealingLR up to its T_max.
   *
   * @param from α, finite and at least 0
   * @param to β, finite and at least 0
   * @param steps n, at least 1
   * @return the schedule
   * @throws IllegalArgumentException naming the argument, the value and what was expected
   */
  static LearningRateSchedule cosine(double from, double to, long steps) {
    requireRate("from", from);
    requireRate("to", to);
    requireAtLeast("steps", steps, 1);
    return step -> alongCosine(from, to, time(step) / steps);
  }

  /**
   * Up from μ / 25 to μ within the first 0.3·n − 1 steps, and down to μ / 250,000 at step n − 1,
   * each along half a cosine; the momentum is left alone. L. N. Smith and N. Topin, <a
   * href="https://arxiv.org/abs/1708.07120">Super-Convergence</a>, in the form of PyTorch's <a
   * href="https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html">
   * OneCycleLR</a> with its defaults.
   *
   * @param highest μ, finite and at least 0
   * @param steps n, at least 1
   * @return the schedule
   * @throws IllegalArgumentException naming the argument, the value and what was expected
   */
  static LearningRateSchedule oneCycle(double highest, long steps) {
    requireRate("highest", highest);
    requireAtLeast("steps", steps, 1);
    double first = highest / 25;
    double last = first / 10_000;
    double peak = 0.3 * steps - 1; // seldom a whole number, and below 0 for less than four steps
    return step ->
        time(step) <= peak
            ? alongCosine(first, highest, step / peak)
            : alongCosine(highest, last, (step - peak) / (steps - 1 - peak));
  }

  /**
   * This schedule, and then another one, which counts its own steps from 0. PyTorch's SequentialLR,
   * Optax's join_schedules.
   *
   * @param steps how many steps this schedule lasts, at least 1
   * @param next what comes after them
   * @return the schedule
   * @throws IllegalArgumentException if {@code steps} is less than 1
   */
  default LearningRateSchedule then(long steps, LearningRateSchedule next) {
    requireAtLeast("steps", steps, 1);
    Objects.requireNonNull(next, "next");
    return step -> step < steps ? learningRate(step) : next.learningRate(step - steps);
  }

  /**
   * α·t / n for the first n steps, with α what this schedule begins with, and then this schedule
   * from its own step 0: a linear warm-up. The very first step has the learning rate 0, so that it
   * fills the accumulators and moves nothing. P. Goyal et al., <a
   * href="https://arxiv.org/abs/1706.02677">Accurate, Large Minibatch SGD</a>, section 2.2, from 0
   * as in Hugging Face's get_linear_schedule_with_warmup.
   *
   * @param steps n, at least 1
   * @return the schedule
   * @throws IllegalArgumentException if {@code steps} is less than 1
   */
  default LearningRateSchedule afterWarmup(long steps) {
    return linear(0, learningRate(0), steps).then(steps, this);
  }

  private static double time(long step) {
    return (double) requireAtLeast("step", step, 0);
  }

  private static double alongCosine(double from, double to, double done) {
    double weight = (1 - StrictMath.cos(Math.PI * Math.min(done, 1))) / 2;
    return from * (1 - weight) + to * weight;
  }

  private static void requireRate(String name, double value) {
    RmsProp.requireRange(name, value, Float.MAX_VALUE);
  }

  private static long requireAtLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " " + value + ": expected at least " + least);
    }
    return value;
  }
}
