package dev.rootmean.contract;

import dev.rootmean.DataType;
import dev.rootmean.RmsProp;

/**
 * The oracle: a step for plain arrays, one element at a time, written from the specification.
 *
 * <p>It shares no code with what it judges. It works out the coefficients from the table of habits
 * itself, and gives every intermediate result its own variable. Floats are computed in double and
 * rounded after each operation: for {@code + - * /} and the root that is what rounding once gives,
 * since a double has more than twice a float's bits (S. A. Figueroa, <em>When is double rounding
 * innocuous?</em>, SIGNUM Newsletter 30(3), 1995).
 */
public final class ReferenceStep {
  private final DataType type;
  private final boolean hasMomentum;
  private final boolean centered;
  private final double scale;
  private final double l2;
  private final double decay;
  private final double oneMinusDecay;
  private final double epsilonInside;
  private final double epsilonOutside;
  private final double shrink;
  private final double outer;
  private final double inner;
  private final double momentum;
  private final double ahead;
  private final double along;

  /**
   * Works out the coefficients.
   *
   * @param type the type to compute in
   * @param rule the rule to step by
   */
  public ReferenceStep(DataType type, RmsProp rule) {
    this.type = type;
    hasMomentum = rule.momentum() > 0;
    centered = rule.centered();
    scale = rule.maximize() ? -1 : 1;
    decay = round(rule.decay());
    oneMinusDecay = round(1.0 - rule.decay());
    momentum = round(rule.momentum());
    switch (rule.epsilonPlacement()) {
      case INSIDE_SQRT -> {
        epsilonInside = round(rule.epsilon());
        epsilonOutside = 0;
      }
      case OUTSIDE_SQRT -> {
        epsilonInside = 0;
        epsilonOutside = round(rule.epsilon());
      }
      default -> throw new AssertionError(rule);
    }
    switch (rule.weightDecayMode()) {
      case L2 -> {
        l2 = round(rule.weightDecay());
        shrink = 0;
      }
      case DECOUPLED -> {
        l2 = 0;
        shrink = round(rule.learningRate() * rule.weightDecay());
      }
      default -> throw new AssertionError(rule);
    }
    switch (rule.momentumForm()) {
      case LR_INSIDE -> {
        inner = round(rule.learningRate());
        outer = hasMomentum ? 1 : round(rule.learningRate());
      }
      case LR_OUTSIDE -> {
        inner = 1;
        outer = round(rule.learningRate());
      }
      default -> throw new AssertionError(rule);
    }
    ahead = rule.nesterov() ? momentum : 1;
    along = rule.nesterov() ? inner : 0;
  }

  /**
   * Steps all elements.
   *
   * @param params the parameters, updated
   * @param grads the gradients
   * @param squareAverage v, updated
   * @param momentumValues b, updated; ignored by a rule without momentum
   * @param gradientAverage m, updated; ignored by a rule that is not centered
   */
  public void step(
      double[] params,
      double[] grads,
      double[] squareAverage,
      double[] momentumValues,
      double[] gradientAverage) {
    for (int i = 0; i < params.length; i++) {
      double p = params[i];
      double scaled = round(scale * grads[i]);
      double penalty = round(l2 * p);
      double g = round(scaled + penalty);

      double weighed = round(oneMinusDecay * g);
      double v = average(squareAverage[i], round(weighed * g));
      squareAverage[i] = v;

      double x = v;
      if (centered) {
        double m = average(gradientAverage[i], weighed);
        gradientAverage[i] = m;
        double squaredMean = round(m * m);
        double variance = round(v - squaredMean);
        x = Math.abs(variance);
      }

      double radicand = round(x + epsilonInside);
      double root = round(Math.sqrt(radicand));
      double divisor = round(root + epsilonOutside);
      double u = round(g / divisor);

      double loss = round(shrink * p);
      double shrunk = round(p - loss);

      double update = u;
      if (hasMomentum) {
        double kept = round(momentum * momentumValues[i]);
        double added = round(inner * u);
        double b = round(kept + added);
        momentumValues[i] = b;
        double leap = round(ahead * b);
        double nudge = round(along * u);
        update = round(leap + nudge);
      }
      double move = round(outer * update);
      params[i] = round(shrunk - move);
    }
  }

  private double average(double old, double added) {
    double kept = round(decay * old);
    return round(kept + added);
  }

  private double round(double x) {
    return type.round(x);
  }
}
