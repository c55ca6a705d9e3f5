package dev.rootmean.contract;

import dev.rootmean.RmsProp;

/**
 * The oracle: a step for plain arrays, one element at a time, written from the specification.
 *
 * <p>It shares no code with what it judges. It works out the coefficients from the table of habits
 * itself, and gives every intermediate result its own float, so that each is rounded once.
 */
public final class ReferenceStep {
  private final boolean hasMomentum;
  private final boolean centered;
  private final float scale;
  private final float l2;
  private final float decay;
  private final float oneMinusDecay;
  private final float epsilonInside;
  private final float epsilonOutside;
  private final float shrink;
  private final float outer;
  private final float inner;
  private final float momentum;
  private final float ahead;
  private final float along;

  /**
   * Works out the coefficients.
   *
   * @param rule the rule to step by
   */
  public ReferenceStep(RmsProp rule) {
    hasMomentum = rule.momentum() > 0;
    centered = rule.centered();
    scale = rule.maximize() ? -1f : 1f;
    decay = (float) rule.decay();
    oneMinusDecay = (float) (1.0 - rule.decay());
    momentum = (float) rule.momentum();
    switch (rule.epsilonPlacement()) {
      case INSIDE_SQRT -> {
        epsilonInside = (float) rule.epsilon();
        epsilonOutside = 0f;
      }
      case OUTSIDE_SQRT -> {
        epsilonInside = 0f;
        epsilonOutside = (float) rule.epsilon();
      }
      default -> throw new AssertionError(rule);
    }
    switch (rule.weightDecayMode()) {
      case L2 -> {
        l2 = (float) rule.weightDecay();
        shrink = 0f;
      }
      case DECOUPLED -> {
        l2 = 0f;
        shrink = (float) (rule.learningRate() * rule.weightDecay());
      }
      default -> throw new AssertionError(rule);
    }
    switch (rule.momentumForm()) {
      case LR_INSIDE -> {
        inner = (float) rule.learningRate();
        outer = hasMomentum ? 1f : (float) rule.learningRate();
      }
      case LR_OUTSIDE -> {
        inner = 1f;
        outer = (float) rule.learningRate();
      }
      default -> throw new AssertionError(rule);
    }
    ahead = rule.nesterov() ? momentum : 1f;
    along = rule.nesterov() ? inner : 0f;
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
      float[] params,
      float[] grads,
      float[] squareAverage,
      float[] momentumValues,
      float[] gradientAverage) {
    for (int i = 0; i < params.length; i++) {
      float p = params[i];
      float scaled = scale * grads[i];
      float penalty = l2 * p;
      float g = scaled + penalty;

      float square = g * g;
      float v = average(squareAverage[i], square);
      squareAverage[i] = v;

      float x = v;
      if (centered) {
        float m = average(gradientAverage[i], g);
        gradientAverage[i] = m;
        float squaredMean = m * m;
        float variance = v - squaredMean;
        x = Math.abs(variance);
      }

      float radicand = x + epsilonInside;
      float root = (float) Math.sqrt(radicand); // in double and rounded: exact for a float
      float divisor = root + epsilonOutside;
      float u = g / divisor;

      float loss = shrink * p;
      float shrunk = p - loss;

      float update = u;
      if (hasMomentum) {
        float kept = momentum * momentumValues[i];
        float added = inner * u;
        float b = kept + added;
        momentumValues[i] = b;
        float leap = ahead * b;
        float nudge = along * u;
        update = leap + nudge;
      }
      float move = outer * update;
      params[i] = shrunk - move;
    }
  }

  private float average(float old, float sample) {
    float kept = decay * old;
    float added = oneMinusDecay * sample;
    return kept + added;
  }
}
