package dev.rootmean;

import static dev.rootmean.RmsProp.EpsilonPlacement.INSIDE_SQRT;
import static dev.rootmean.RmsProp.EpsilonPlacement.OUTSIDE_SQRT;
import static dev.rootmean.RmsProp.MomentumForm.LR_INSIDE;
import static dev.rootmean.RmsProp.MomentumForm.LR_OUTSIDE;
import static dev.rootmean.RmsProp.WeightDecayMode.DECOUPLED;
import static dev.rootmean.RmsProp.WeightDecayMode.L2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RmsPropTest {
  private static final RmsProp ALL_SET =
      new RmsProp(
          0.1, 0.2, 0.3, OUTSIDE_SQRT, 0.4, LR_INSIDE, true, true, 0.5, DECOUPLED, 0.6, true);

  private static final Map<String, BiConsumer<RmsPropBuilder, Double>> UNBOUNDED =
      Map.of(
          "learningRate", RmsPropBuilder::learningRate,
          "epsilon", RmsPropBuilder::epsilon,
          "weightDecay", RmsPropBuilder::weightDecay,
          "initialSquareAverage", RmsPropBuilder::initialSquareAverage);

  private static final Map<String, BiConsumer<RmsPropBuilder, Double>> UP_TO_ONE =
      Map.of("decay", RmsPropBuilder::decay, "momentum", RmsPropBuilder::momentum);

  @ParameterizedTest
  @ValueSource(
      doubles = {
        Double.NaN,
        -1,
        -Double.MIN_VALUE,
        3.5e38,
        Double.MAX_VALUE,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY
      })
  void refusesWhatIsNoNumberFromZeroToTheLargestFloat(double value) {
    UNBOUNDED.forEach((name, set) -> assertRefused(name, set, value));
    UP_TO_ONE.forEach((name, set) -> assertRefused(name, set, value));
  }

  @Test
  void refusesRatesAboveOne() {
    UP_TO_ONE.forEach((name, set) -> assertRefused(name, set, Math.nextUp(1.0)));
  }

  @Test
  void acceptsTheLimits() {
    UNBOUNDED.values().forEach(set -> build(set, 0));
    UNBOUNDED.values().forEach(set -> build(set, Float.MAX_VALUE));
    UP_TO_ONE.values().forEach(set -> build(set, 0));
    UP_TO_ONE.values().forEach(set -> build(set, 1));
  }

  private static RmsProp build(BiConsumer<RmsPropBuilder, Double> set, double value) {
    RmsPropBuilder builder = RmsProp.builder();
    set.accept(builder, value);
    return builder.build();
  }

  private static void assertRefused(
      String name, BiConsumer<RmsPropBuilder, Double> set, double value) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> build(set, value)).getMessage();
    assertTrue(message.contains(name) && message.contains("" + value), message);
  }

  @Test
  void refusesNullHabits() {
    assertNamed("epsilonPlacement", RmsProp.builder().epsilonPlacement(null));
    assertNamed("momentumForm", RmsProp.builder().momentumForm(null));
    assertNamed("weightDecayMode", RmsProp.builder().weightDecayMode(null));
  }

  private static void assertNamed(String name, RmsPropBuilder builder) {
    assertEquals(name, assertThrows(NullPointerException.class, builder::build).getMessage());
  }

  @Test
  void theBuilderSetsWhatItsMethodsSay() {
    RmsProp built =
        RmsProp.builder()
            .learningRate(0.1)
            .decay(0.2)
            .epsilon(0.3)
            .epsilonPlacement(OUTSIDE_SQRT)
            .momentum(0.4)
            .momentumForm(LR_INSIDE)
            .nesterov(true)
            .centered(true)
            .weightDecay(0.5)
            .weightDecayMode(DECOUPLED)
            .initialSquareAverage(0.6)
            .maximize(true)
            .build();
    assertEquals(ALL_SET, built);
    assertEquals(ALL_SET, ALL_SET.toBuilder().build());
  }

  @Test
  void theArticleIsTheDefault() {
    assertEquals(
        new RmsProp(0.001, 0.9, 1e-8, INSIDE_SQRT, 0, LR_OUTSIDE, false, false, 0, L2, 0, false),
        RmsProp.builder().build());
  }

  @Test
  void momentumIsThereUnlessZero() {
    assertFalse(RmsProp.builder().momentum(0).build().hasMomentum());
    assertFalse(RmsProp.builder().momentum(-0.0).build().hasMomentum());
    assertTrue(RmsProp.builder().momentum(Double.MIN_VALUE).build().hasMomentum());
  }
}
