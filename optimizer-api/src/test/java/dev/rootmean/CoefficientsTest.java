package dev.rootmean;

import static dev.rootmean.RmsProp.EpsilonPlacement.OUTSIDE_SQRT;
import static dev.rootmean.RmsProp.MomentumForm.LR_INSIDE;
import static dev.rootmean.RmsProp.WeightDecayMode.DECOUPLED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/**
 * The table of habits in {@link RmsProp}, row by row. In the order of {@link Coefficients}: scale,
 * l2, decay, 1 - decay, ε inside, ε outside, shrink, outer, inner, momentum, ahead, along.
 */
class CoefficientsTest {
  private static RmsPropBuilder rule() {
    return RmsProp.builder().learningRate(0.5).decay(0.75).epsilon(0.125).weightDecay(0.25);
  }

  private static void assertCoefficients(RmsPropBuilder rule, Coefficients expected) {
    assertEquals(expected, rule.build().coefficients());
  }

  @Test
  void epsilonInsideL2NoMomentum() {
    assertCoefficients(rule(), new Coefficients(1, 0.25, 0.75, 0.25, 0.125, 0, 0, 0.5, 1, 0, 1, 0));
  }

  @Test
  void epsilonOutside() {
    assertCoefficients(
        rule().epsilonPlacement(OUTSIDE_SQRT),
        new Coefficients(1, 0.25, 0.75, 0.25, 0, 0.125, 0, 0.5, 1, 0, 1, 0));
  }

  @Test
  void decoupledDecay() {
    assertCoefficients(
        rule().weightDecayMode(DECOUPLED),
        new Coefficients(1, 0, 0.75, 0.25, 0.125, 0, 0.125, 0.5, 1, 0, 1, 0));
  }

  @Test
  void maximize() {
    assertCoefficients(
        rule().maximize(true),
        new Coefficients(-1, 0.25, 0.75, 0.25, 0.125, 0, 0, 0.5, 1, 0, 1, 0));
  }

  @Test
  void momentumBeforeTheLearningRate() {
    assertCoefficients(
        rule().momentum(0.875),
        new Coefficients(1, 0.25, 0.75, 0.25, 0.125, 0, 0, 0.5, 1, 0.875, 1, 0));
    assertCoefficients(
        rule().momentum(0.875).nesterov(true),
        new Coefficients(1, 0.25, 0.75, 0.25, 0.125, 0, 0, 0.5, 1, 0.875, 0.875, 1));
  }

  @Test
  void momentumAfterTheLearningRate() {
    assertCoefficients(
        rule().momentum(0.875).momentumForm(LR_INSIDE),
        new Coefficients(1, 0.25, 0.75, 0.25, 0.125, 0, 0, 1, 0.5, 0.875, 1, 0));
    assertCoefficients(
        rule().momentum(0.875).momentumForm(LR_INSIDE).nesterov(true),
        new Coefficients(1, 0.25, 0.75, 0.25, 0.125, 0, 0, 1, 0.5, 0.875, 0.875, 0.5));
  }

  @Test
  void withoutMomentumTheLearningRateIsOutside() {
    assertEquals(0.5, rule().momentumForm(LR_INSIDE).build().coefficients().outer());
  }

  @Test
  void centeringChangesNoCoefficient() {
    assertEquals(rule().build().coefficients(), rule().centered(true).build().coefficients());
  }
}
