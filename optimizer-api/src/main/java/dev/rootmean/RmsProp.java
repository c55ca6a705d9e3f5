package dev.rootmean;

import java.util.Objects;

/**
 * RMSProp's hyperparameters, and the definition of what a step computes.
 *
 * <p>The article's form, and the default here, is
 *
 * <pre>{@code
 * E[g²] ← ρ·E[g²] + (1 − ρ)·g²
 * θ     ← θ − α·g / sqrt(E[g²] + ε)
 * }</pre>
 *
 * with θ the parameter, g its gradient, α the learning rate and ρ the decay. What every backend
 * computes for each element, bit for bit, is the Java expression below: IEEE 754 {@code + - * /}
 * and {@code sqrt} in the parameters' type, in this order, with no fused multiply-add, no flush to
 * zero and no approximation. {@code p} is the parameter, {@code v} the square average, {@code m}
 * the gradient average, {@code b} the momentum, a prime marks the new value, and {@code k} are the
 * numbers that the rule comes to: the hyperparameters of the same names, or what the table below
 * says. They are computed in double and rounded once to that type. Any NaN equals any NaN.
 *
 * <pre>{@code
 * g  = k.scale * grad
 * g  = g + k.l2 * p
 * v' = k.decay * v + (k.oneMinusDecay * g) * g
 * centered:  m' = k.decay * m + k.oneMinusDecay * g ;  x = abs(v' - m' * m')
 * otherwise: x  = v'
 * u  = g / (sqrt(x + k.epsilonInside) + k.epsilonOutside)
 * p1 = p - k.shrink * p
 * no momentum:   p' = p1 - k.outer * u
 * with momentum: b' = k.momentum * b + k.inner * u
 *                p' = p1 - k.outer * (k.ahead * b' + k.along * u)
 * }</pre>
 *
 * <p>The {@code abs} is ours: a variance below zero is rounding noise, which makes other
 * implementations give NaN. Frameworks differ in habits, and a habit is nothing but coefficients (α
 * learning rate, μ momentum, λ weight decay):
 *
 * <table class="striped">
 * <caption>Habits and their coefficients</caption>
 * <tr><th>habit</th><th>who has it</th><th>coefficients</th></tr>
 * <tr><td>ε inside the root</td><td>the default; TensorFlow, Keras, Optax, MXNet</td>
 *     <td>epsilonInside = ε, epsilonOutside = 0</td></tr>
 * <tr><td>ε outside</td><td>PyTorch, DL4J, MLX</td>
 *     <td>epsilonInside = 0, epsilonOutside = ε</td></tr>
 * <tr><td>momentum after the learning rate</td><td>TensorFlow, Keras, Optax</td>
 *     <td>inner = α, outer = 1</td></tr>
 * <tr><td>momentum before the learning rate</td><td>the default; PyTorch</td>
 *     <td>inner = 1, outer = α</td></tr>
 * <tr><td>no momentum</td><td>all</td><td>outer = α</td></tr>
 * <tr><td>Nesterov</td><td>Optax</td><td>ahead = μ, along = inner; otherwise 1 and 0</td></tr>
 * <tr><td>L2 decay</td><td>the default; PyTorch</td><td>l2 = λ, shrink = 0</td></tr>
 * <tr><td>decoupled decay</td><td>Keras 3</td><td>l2 = 0, shrink = α·λ</td></tr>
 * <tr><td>maximize</td><td>PyTorch</td><td>scale = −1</td></tr>
 * </table>
 *
 * <p>Nothing here branches, so where numbers are not finite, a framework may still have one and
 * this none. A coefficient of 0 still multiplies, and 0·∞ and 0·NaN are NaN: a parameter that is
 * not finite makes v, m and b NaN even without weight decay, and a gradient that is NaN makes the
 * parameter NaN even at learning rate 0 (to freeze one, do not step it). Centered, an m'² that
 * overflows makes x NaN if v' is infinite too. {@link GradientPolicy.NonFinite} keeps gradients
 * that are not finite out.
 *
 * <p>Sources: T. Tieleman and G. Hinton, <em>Lecture 6.5 — rmsprop</em>, Coursera: Neural Networks
 * for Machine Learning, 2012; centering and momentum: A. Graves, <em>Generating Sequences With
 * Recurrent Neural Networks</em>, arXiv:1308.0850, equations 38–45; decoupled decay: I. Loshchilov
 * and F. Hutter, arXiv:1711.05101; the frameworks' own code for their habits.
 *
 * @param learningRate α, finite and at least 0
 * @param decay ρ, from 0 to 1
 * @param epsilon ε, finite and at least 0
 * @param epsilonPlacement where ε is added
 * @param momentum μ, from 0 (none, and no accumulator for it) to 1
 * @param momentumForm whether the learning rate is applied before or after the momentum
 * @param nesterov whether the update looks ahead; without momentum it changes nothing
 * @param centered whether the variance is estimated instead of the second moment
 * @param weightDecay λ, finite and at least 0
 * @param weightDecayMode where λ acts
 * @param initialSquareAverage the square average before the first step, finite and at least 0
 * @param maximize whether to climb instead of descending
 * @since 0.1.0
 */
public record RmsProp(
    double learningRate,
    double decay,
    double epsilon,
    EpsilonPlacement epsilonPlacement,
    double momentum,
    MomentumForm momentumForm,
    boolean nesterov,
    boolean centered,
    double weightDecay,
    WeightDecayMode weightDecayMode,
    double initialSquareAverage,
    boolean maximize) {

  /** Where ε is added. */
  public enum EpsilonPlacement {
    /** Under the root. */
    INSIDE_SQRT,
    /** To the root. */
    OUTSIDE_SQRT
  }

  /** Where the learning rate stands in relation to the momentum. */
  public enum MomentumForm {
    /** The momentum gathers normalised gradients; the learning rate scales it afterwards. */
    LR_OUTSIDE,
    /** The momentum gathers updates that the learning rate has already scaled. */
    LR_INSIDE
  }

  /** Where weight decay acts. */
  public enum WeightDecayMode {
    /** On the gradient, before everything else. */
    L2,
    /** On the parameter, beside the update and scaled by the learning rate. */
    DECOUPLED
  }

  /**
   * Checks every value; each is what the record's component of its name says.
   *
   * @param learningRate α
   * @param decay ρ
   * @param epsilon ε
   * @param epsilonPlacement where ε is added
   * @param momentum μ
   * @param momentumForm where α stands
   * @param nesterov whether to look ahead
   * @param centered whether to estimate the variance
   * @param weightDecay λ
   * @param weightDecayMode where λ acts
   * @param initialSquareAverage v before the first step
   * @param maximize whether to climb
   * @throws IllegalArgumentException naming the hyperparameter, the value and what was expected
   */
  public RmsProp {
    requireRange("learningRate", learningRate, Float.MAX_VALUE);
    requireRange("decay", decay, 1);
    requireRange("epsilon", epsilon, Float.MAX_VALUE);
    requireRange("momentum", momentum, 1);
    requireRange("weightDecay", weightDecay, Float.MAX_VALUE);
    requireRange("initialSquareAverage", initialSquareAverage, Float.MAX_VALUE);
    Objects.requireNonNull(epsilonPlacement, "epsilonPlacement");
    Objects.requireNonNull(momentumForm, "momentumForm");
    Objects.requireNonNull(weightDecayMode, "weightDecayMode");
  }

  static void requireRange(String name, double value, double max) {
    if (!(value >= 0 && value <= max)) {
      throw new IllegalArgumentException(
          name + " " + value + ": expected a number from 0 to " + (max == 1 ? "1" : max));
    }
  }

  /**
   * Whether there is momentum, and an accumulator for it.
   *
   * @return whether momentum is not 0
   */
  public boolean hasMomentum() {
    return momentum != 0;
  }

  /**
   * Refuses this rule for a type that cannot hold its first square average, or be computed in with
   * its ε.
   *
   * @param type the type of the accumulators
   * @throws IllegalArgumentException naming the hyperparameter, its value and what is possible
   */
  public void requireFor(DataType type) {
    type.compute().requireNotLost("epsilon", epsilon);
    type.requireNotLost("initialSquareAverage", initialSquareAverage);
    type.requireFinite("initialSquareAverage", initialSquareAverage);
  }

  /**
   * Starts from the article's form: learning rate 0.001, decay 0.9, ε 10⁻⁸ inside the root, nothing
   * else.
   *
   * @return a builder
   */
  public static RmsPropBuilder builder() {
    return new RmsPropBuilder();
  }

  /**
   * Starts from this rule.
   *
   * @return a builder that holds this rule's values
   */
  public RmsPropBuilder toBuilder() {
    return new RmsPropBuilder(this);
  }
}
