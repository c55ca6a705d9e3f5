package dev.rootmean;

import dev.rootmean.RmsProp.EpsilonPlacement;
import dev.rootmean.RmsProp.MomentumForm;
import dev.rootmean.RmsProp.WeightDecayMode;

/**
 * Builds an {@link RmsProp}; each method sets the hyperparameter of its name. Values are checked by
 * {@link #build()}.
 *
 * @since 0.1.0
 */
public final class RmsPropBuilder {
  private double learningRate = 0.001;
  private double decay = 0.9;
  private double epsilon = 1e-8;
  private EpsilonPlacement epsilonPlacement = EpsilonPlacement.INSIDE_SQRT;
  private double momentum;
  private MomentumForm momentumForm = MomentumForm.LR_OUTSIDE;
  private boolean nesterov;
  private boolean centered;
  private double weightDecay;
  private WeightDecayMode weightDecayMode = WeightDecayMode.L2;
  private double initialSquareAverage;
  private boolean maximize;

  RmsPropBuilder() {}

  RmsPropBuilder(RmsProp rule) {
    this.learningRate = rule.learningRate();
    this.decay = rule.decay();
    this.epsilon = rule.epsilon();
    this.epsilonPlacement = rule.epsilonPlacement();
    this.momentum = rule.momentum();
    this.momentumForm = rule.momentumForm();
    this.nesterov = rule.nesterov();
    this.centered = rule.centered();
    this.weightDecay = rule.weightDecay();
    this.weightDecayMode = rule.weightDecayMode();
    this.initialSquareAverage = rule.initialSquareAverage();
    this.maximize = rule.maximize();
  }

  /**
   * Sets learningRate.
   *
   * @param learningRate α
   * @return this builder
   */
  public RmsPropBuilder learningRate(double learningRate) {
    this.learningRate = learningRate;
    return this;
  }

  /**
   * Sets decay.
   *
   * @param decay ρ
   * @return this builder
   */
  public RmsPropBuilder decay(double decay) {
    this.decay = decay;
    return this;
  }

  /**
   * Sets epsilon.
   *
   * @param epsilon ε
   * @return this builder
   */
  public RmsPropBuilder epsilon(double epsilon) {
    this.epsilon = epsilon;
    return this;
  }

  /**
   * Sets epsilonPlacement.
   *
   * @param epsilonPlacement where ε is added
   * @return this builder
   */
  public RmsPropBuilder epsilonPlacement(EpsilonPlacement epsilonPlacement) {
    this.epsilonPlacement = epsilonPlacement;
    return this;
  }

  /**
   * Sets momentum.
   *
   * @param momentum μ, 0 for none
   * @return this builder
   */
  public RmsPropBuilder momentum(double momentum) {
    this.momentum = momentum;
    return this;
  }

  /**
   * Sets momentumForm.
   *
   * @param momentumForm whether the learning rate is applied before or after the momentum
   * @return this builder
   */
  public RmsPropBuilder momentumForm(MomentumForm momentumForm) {
    this.momentumForm = momentumForm;
    return this;
  }

  /**
   * Sets nesterov.
   *
   * @param nesterov whether the update looks ahead
   * @return this builder
   */
  public RmsPropBuilder nesterov(boolean nesterov) {
    this.nesterov = nesterov;
    return this;
  }

  /**
   * Sets centered.
   *
   * @param centered whether the variance is estimated instead of the second moment
   * @return this builder
   */
  public RmsPropBuilder centered(boolean centered) {
    this.centered = centered;
    return this;
  }

  /**
   * Sets weightDecay.
   *
   * @param weightDecay λ
   * @return this builder
   */
  public RmsPropBuilder weightDecay(double weightDecay) {
    this.weightDecay = weightDecay;
    return this;
  }

  /**
   * Sets weightDecayMode.
   *
   * @param weightDecayMode where λ acts
   * @return this builder
   */
  public RmsPropBuilder weightDecayMode(WeightDecayMode weightDecayMode) {
    this.weightDecayMode = weightDecayMode;
    return this;
  }

  /**
   * Sets initialSquareAverage.
   *
   * @param initialSquareAverage the square average before the first step
   * @return this builder
   */
  public RmsPropBuilder initialSquareAverage(double initialSquareAverage) {
    this.initialSquareAverage = initialSquareAverage;
    return this;
  }

  /**
   * Sets maximize.
   *
   * @param maximize whether to climb instead of descending
   * @return this builder
   */
  public RmsPropBuilder maximize(boolean maximize) {
    this.maximize = maximize;
    return this;
  }

  /**
   * Makes the rule.
   *
   * @return the rule
   * @throws IllegalArgumentException naming the hyperparameter, the value and what was expected
   */
  public RmsProp build() {
    return new RmsProp(
        learningRate,
        decay,
        epsilon,
        epsilonPlacement,
        momentum,
        momentumForm,
        nesterov,
        centered,
        weightDecay,
        weightDecayMode,
        initialSquareAverage,
        maximize);
  }
}
