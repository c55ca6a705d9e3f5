package dev.rootmean.contract;

import static dev.rootmean.RmsProp.EpsilonPlacement.OUTSIDE_SQRT;
import static dev.rootmean.RmsProp.MomentumForm.LR_INSIDE;
import static dev.rootmean.RmsProp.WeightDecayMode.DECOUPLED;

import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropBuilder;
import java.util.EnumSet;
import java.util.Set;

/**
 * The rules under test. None is all defaults: with a weight decay, an ε or a first state of zero
 * half of a backend's mistakes cannot be seen.
 */
public enum NamedRule {
  PLAIN(start()),
  PLAIN_OUTSIDE_DECOUPLED(start().epsilonPlacement(OUTSIDE_SQRT).weightDecayMode(DECOUPLED)),
  PLAIN_MAXIMIZE(start().epsilonPlacement(OUTSIDE_SQRT).maximize(true)),
  PLAIN_WITH_NESTEROV_SET(start().nesterov(true).momentumForm(LR_INSIDE)),
  CENTERED(start().centered(true).weightDecayMode(DECOUPLED)),
  CENTERED_OUTSIDE_MAXIMIZE(start().centered(true).epsilonPlacement(OUTSIDE_SQRT).maximize(true)),
  MOMENTUM(start().momentum(0.8)),
  MOMENTUM_LR_INSIDE(
      start()
          .momentum(0.8)
          .momentumForm(LR_INSIDE)
          .epsilonPlacement(OUTSIDE_SQRT)
          .weightDecayMode(DECOUPLED)),
  NESTEROV(start().momentum(0.8).nesterov(true).epsilonPlacement(OUTSIDE_SQRT)),
  NESTEROV_LR_INSIDE_MAXIMIZE(
      start()
          .momentum(0.8)
          .nesterov(true)
          .momentumForm(LR_INSIDE)
          .weightDecayMode(DECOUPLED)
          .maximize(true)),
  MOMENTUM_CENTERED(start().momentum(0.8).centered(true).epsilonPlacement(OUTSIDE_SQRT)),
  MOMENTUM_CENTERED_LR_INSIDE(
      start().momentum(0.8).centered(true).momentumForm(LR_INSIDE).weightDecayMode(DECOUPLED)),
  NESTEROV_CENTERED_MAXIMIZE(
      start()
          .momentum(0.8)
          .nesterov(true)
          .centered(true)
          .momentumForm(LR_INSIDE)
          .epsilonPlacement(OUTSIDE_SQRT)
          .maximize(true)),
  DECAY_ZERO(start().decay(0).momentum(1).centered(true)),
  DECAY_ONE(start().decay(1).centered(true)),
  EPSILON_ZERO(start().epsilon(0).momentum(0.8).initialSquareAverage(0)),
  SUBNORMAL_COEFFICIENTS(
      start().learningRate(1e-40).epsilon(1e-44).weightDecay(1e-42).decay(1e-41).momentum(1e-43)),
  HUGE_COEFFICIENTS(
      start().learningRate(1e38).epsilon(1e30).weightDecay(1e35).weightDecayMode(DECOUPLED));

  /** One rule for each set of accumulators: the code paths that a backend may have. */
  public static final Set<NamedRule> VARIANTS =
      EnumSet.of(PLAIN, CENTERED, NESTEROV, NESTEROV_CENTERED_MAXIMIZE);

  @SuppressWarnings("ImmutableEnumChecker") // a record of primitives and enums is immutable
  private final RmsProp rule;

  NamedRule(RmsPropBuilder builder) {
    this.rule = builder.build();
  }

  private static RmsPropBuilder start() {
    return RmsProp.builder()
        .learningRate(0.05)
        .decay(0.9)
        .epsilon(0.003)
        .weightDecay(0.02)
        .initialSquareAverage(0.3);
  }

  /**
   * The rule of this name.
   *
   * @return the rule
   */
  public RmsProp rule() {
    return rule;
  }
}
