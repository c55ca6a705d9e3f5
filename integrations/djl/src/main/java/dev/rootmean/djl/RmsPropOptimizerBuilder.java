package dev.rootmean.djl;

import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.ParameterTracker;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropBuilder;
import java.util.Objects;

/**
 * Sets up an {@link RmsPropOptimizer}, by DJL's names. What is set last counts.
 *
 * @since 0.1.0
 */
public final class RmsPropOptimizerBuilder
    extends Optimizer.OptimizerBuilder<RmsPropOptimizerBuilder> {
  final OptimizerBackend backend;
  final RmsPropBuilder rule;
  ParameterTracker learningRateTracker;
  int beginNumUpdate;

  RmsPropOptimizerBuilder(OptimizerBackend backend, RmsProp rule) {
    this.backend = Objects.requireNonNull(backend, "backend");
    this.rule = rule.toBuilder();
  }

  @Override
  protected RmsPropOptimizerBuilder self() {
    return this;
  }

  /**
   * Sets the learning rate of each update, in place of the rule's.
   *
   * @param learningRateTracker tells it
   * @return this builder
   */
  public RmsPropOptimizerBuilder optLearningRateTracker(ParameterTracker learningRateTracker) {
    this.learningRateTracker = Objects.requireNonNull(learningRateTracker);
    return this;
  }

  /**
   * Sets the decay of the square average.
   *
   * @param rho from 0 to 1
   * @return this builder
   */
  public RmsPropOptimizerBuilder optRho(float rho) {
    rule.decay(rho);
    return this;
  }

  /**
   * Sets the momentum. DJL's own optimizer has it only if it is centered, this one always.
   *
   * @param momentum from 0, for none, to 1
   * @return this builder
   */
  public RmsPropOptimizerBuilder optMomentum(float momentum) {
    rule.momentum(momentum);
    return this;
  }

  /**
   * Sets what keeps the divisor from 0.
   *
   * @param epsilon at least 0
   * @return this builder
   */
  public RmsPropOptimizerBuilder optEpsilon(float epsilon) {
    rule.epsilon(epsilon);
    return this;
  }

  /**
   * Sets whether the variance is estimated instead of the second moment.
   *
   * @param centered whether to
   * @return this builder
   */
  public RmsPropOptimizerBuilder optCentered(boolean centered) {
    rule.centered(centered);
    return this;
  }

  @Override
  public RmsPropOptimizerBuilder optWeightDecays(float weightDecays) {
    rule.weightDecay(weightDecays);
    return super.optWeightDecays(weightDecays);
  }

  @Override
  public RmsPropOptimizerBuilder optBeginNumUpdate(int beginNumUpdate) {
    this.beginNumUpdate = beginNumUpdate;
    return super.optBeginNumUpdate(beginNumUpdate);
  }

  /**
   * Makes the optimizer.
   *
   * @return an optimizer, the caller's to close
   * @throws IllegalArgumentException naming the setting, its value and what was expected
   */
  public RmsPropOptimizer build() {
    return new RmsPropOptimizer(this);
  }
}
