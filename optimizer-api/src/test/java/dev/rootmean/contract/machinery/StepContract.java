package dev.rootmean.contract.machinery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.RmsProp;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.machinery.Trial.Layout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A step gives the bits that the rule defines, whatever the rule, the numbers and the size. */
public interface StepContract extends BackendUnderTest {
  @ParameterizedTest
  @EnumSource
  default void everyRuleFromItsFirstState(NamedRule rule) {
    for (Layout layout : new Layout[] {Layout.WHOLE, Layout.GUARDED}) {
      try (Trial trial = new Trial(backend(), type(), rule, 1029, layout)) {
        trial.steps(5, NumberKind.ORDINARY).check();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  default void everyRuleOnAllKindsOfNumbers(NamedRule rule) {
    for (NumberKind kind : NumberKind.values()) {
      try (Trial trial = new Trial(backend(), type(), rule, 4099, Layout.GUARDED)) {
        trial.scramble(kind).steps(1, kind).check().steps(2, kind).check();
      }
    }
  }

  /**
   * A gradient whose square overflows is weighed before it is squared: an infinite average would
   * hold the parameter still for ever.
   */
  @Test
  default void aSquareThatOverflowsIsWeighedFirst() {
    double huge = type() == DataType.FLOAT32 ? 2e19f : 2e154;
    assertEquals(Double.POSITIVE_INFINITY, type().round(huge * huge));
    for (NamedRule rule : NamedRule.VARIANTS) {
      try (Trial trial = new Trial(backend(), type(), rule, 10, Layout.WHOLE)) {
        double[] grads = NumberKind.ORDINARY.take(type(), 10, 1);
        grads[3] = huge;
        trial.step(trial.rule(), grads).check();
        double[] squareAverage = new double[10];
        Elements.read(trial.state().squareAverage(), squareAverage);
        assertTrue(Double.isFinite(squareAverage[3]), rule + ": v is " + squareAverage[3]);
        trial.steps(2, NumberKind.ORDINARY).check();
      }
    }
  }

  /** On both sides of every vector width, work group and page. */
  @ParameterizedTest
  @ValueSource(
      ints = {
        1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257,
        1000, 1023, 1024, 1025, 4095, 4096, 4097, 8191, 16383, 16384, 16385, 32767, 32768, 32769,
        40000, 65537, 100003
      })
  default void everySize(int length) {
    for (NamedRule rule : NamedRule.VARIANTS) {
      for (Layout layout : new Layout[] {Layout.WHOLE, Layout.GUARDED}) {
        try (Trial trial = new Trial(backend(), type(), rule, length, layout)) {
          trial.steps(3, NumberKind.ORDINARY).check();
        }
      }
    }
  }

  @Test
  default void roundingErrorsAddUpAlike() {
    for (NamedRule rule : NamedRule.VARIANTS) {
      try (Trial trial = new Trial(backend(), type(), rule, 333, Layout.WHOLE)) {
        trial.steps(300, NumberKind.ORDINARY).check();
      }
    }
  }

  @Test
  default void theRuleMayChangeBetweenSteps() {
    RmsProp first = NamedRule.NESTEROV_CENTERED_MAXIMIZE.rule();
    RmsProp second = first.toBuilder().learningRate(0.04).nesterov(false).decay(0.99).build();
    try (Trial trial =
        new Trial(backend(), type(), NamedRule.NESTEROV_CENTERED_MAXIMIZE, 777, Layout.WHOLE)) {
      for (int i = 0; i < 6; i++) {
        trial.step(i % 2 == 0 ? first : second, NumberKind.ORDINARY.take(type(), 777, i));
      }
      trial.check();
    }
  }

  /** However a backend remembers the last rule, a schedule of fresh ones must not mislead it. */
  @Test
  default void anEqualRuleIsTheSameRule() {
    RmsProp rule = NamedRule.PLAIN.rule();
    try (Trial trial = new Trial(backend(), type(), NamedRule.PLAIN, 777, Layout.WHOLE)) {
      for (int i = 1; i <= 5; i++) {
        RmsProp scheduled = rule.toBuilder().learningRate(0.1 / i).build();
        trial.step(scheduled, NumberKind.ORDINARY.take(type(), 777, i));
        trial.step(scheduled.toBuilder().build(), NumberKind.ORDINARY.take(type(), 777, -i));
      }
      trial.check();
    }
  }
}
