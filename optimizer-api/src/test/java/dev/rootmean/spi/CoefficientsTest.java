package dev.rootmean.spi;

import static dev.rootmean.RmsProp.EpsilonPlacement.OUTSIDE_SQRT;
import static dev.rootmean.RmsProp.MomentumForm.LR_INSIDE;
import static dev.rootmean.RmsProp.WeightDecayMode.DECOUPLED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropBuilder;
import org.junit.jupiter.api.Test;

/**
 * The table of habits in {@link RmsProp}, row by row. In the order of {@link Coefficients}: scale,
 * l2, decay, 1 - decay, ε inside, ε outside, shrink, outer, inner, momentum, ahead, along.
 */
class CoefficientsTest {
  private static RmsPropBuilder rule() {
    return RmsProp.builder().learningRate(0.5).decay(0.75).epsilon(0.125).weightDecay(0.25);
  }

  private static void assertCoefficients(RmsPropBuilder rule, double... expected) {
    assertArrayEquals(expected, coefficients(rule));
  }

  /** The values here are exact in both types. */
  private static double[] coefficients(RmsPropBuilder rule) {
    Numbers floats = Coefficients.of(rule.build(), DataType.FLOAT32);
    Numbers doubles = Coefficients.of(rule.build(), DataType.FLOAT64);
    double[] all = new double[Coefficients.NAMES.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = doubles.get(i);
      assertEquals(all[i], floats.get(i));
    }
    return all;
  }

  @Test
  void eachIsRoundedOnceToTheTypeOfTheStep() {
    RmsProp rule = RmsProp.builder().decay(0.9).build();
    int weight = Coefficients.NAMES.indexOf("one_minus_decay");
    assertEquals((float) (1 - 0.9), Coefficients.of(rule, DataType.FLOAT32).get(weight));
    assertEquals(1 - 0.9, Coefficients.of(rule, DataType.FLOAT64).get(weight));
  }

  @Test
  void epsilonInsideL2NoMomentum() {
    assertCoefficients(rule(), 1, 0.25, 0.75, 0.25, 0.125, 0, 0, 0.5, 1, 0, 1, 0);
  }

  @Test
  void epsilonOutside() {
    assertCoefficients(
        rule().epsilonPlacement(OUTSIDE_SQRT), 1, 0.25, 0.75, 0.25, 0, 0.125, 0, 0.5, 1, 0, 1, 0);
  }

  @Test
  void decoupledDecay() {
    assertCoefficients(
        rule().weightDecayMode(DECOUPLED), 1, 0, 0.75, 0.25, 0.125, 0, 0.125, 0.5, 1, 0, 1, 0);
  }

  @Test
  void maximize() {
    assertCoefficients(rule().maximize(true), -1, 0.25, 0.75, 0.25, 0.125, 0, 0, 0.5, 1, 0, 1, 0);
  }

  @Test
  void momentumBeforeTheLearningRate() {
    assertCoefficients(
        rule().momentum(0.875), 1, 0.25, 0.75, 0.25, 0.125, 0, 0, 0.5, 1, 0.875, 1, 0);
    assertCoefficients(
        rule().momentum(0.875).nesterov(true),
        1,
        0.25,
        0.75,
        0.25,
        0.125,
        0,
        0,
        0.5,
        1,
        0.875,
        0.875,
        1);
  }

  @Test
  void momentumAfterTheLearningRate() {
    assertCoefficients(
        rule().momentum(0.875).momentumForm(LR_INSIDE),
        1,
        0.25,
        0.75,
        0.25,
        0.125,
        0,
        0,
        1,
        0.5,
        0.875,
        1,
        0);
    assertCoefficients(
        rule().momentum(0.875).momentumForm(LR_INSIDE).nesterov(true),
        1,
        0.25,
        0.75,
        0.25,
        0.125,
        0,
        0,
        1,
        0.5,
        0.875,
        0.875,
        0.5);
  }

  @Test
  void withoutMomentumTheLearningRateIsOutside() {
    int outer = Coefficients.NAMES.indexOf("outer");
    assertEquals(0.5, coefficients(rule().momentumForm(LR_INSIDE))[outer]);
  }

  @Test
  void centeringChangesNoCoefficient() {
    assertArrayEquals(coefficients(rule()), coefficients(rule().centered(true)));
  }
}
