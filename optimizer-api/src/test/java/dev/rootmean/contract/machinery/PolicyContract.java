package dev.rootmean.contract.machinery;

import static dev.rootmean.GradientPolicy.NonFinite.IGNORE;
import static dev.rootmean.GradientPolicy.NonFinite.SKIP_STEP;
import static dev.rootmean.contract.machinery.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.CheckedSteps;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.machinery.Trial.Layout;
import dev.rootmean.spi.DecisionField;
import dev.rootmean.spi.Kernel;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients are measured, scaled, clipped and skipped as their policy defines, bit for bit. */
public interface PolicyContract extends BackendUnderTest {
  /**
   * Everything at once; the norm of ordinary gradients is above the limit, and that of few is not.
   */
  GradientPolicy ALL =
      GradientPolicy.NONE
          .withValueClip(0.3)
          .withNormClip(7, 0.5)
          .withLossScale(new LossScale(3, 1.7, 0.3, 2, 0.5))
          .withMicroBatches(3)
          .withNonFinite(SKIP_STEP);

  /** On both sides of a row of lanes, of a chunk and of as many chunks as there are lanes. */
  @ParameterizedTest
  @ValueSource(
      ints = {1, 2, 255, 256, 257, 1023, 1024, 1025, 5000, 16383, 16384, 16385, 40_000, 100_003})
  default void theSumHasOneOrder(int length) {
    for (int offset : new int[] {0, 1, 3, 4}) {
      double[] grads = NumberKind.ORDINARY.take(type(), length, offset);
      CheckedSteps.measurement(backend(), type(), grads, offset);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 512, 1023})
  default void aLaneHasOneOrder(int lane) {
    for (int offset : new int[] {0, 1}) {
      double[] grads = CheckedSteps.gradientsInOrder(type(), lane);
      CheckedSteps.measurement(backend(), type(), grads, offset);
    }
  }

  @Test
  default void manyChunksAreSummedLikeOne() {
    int length = 1030 * Kernel.CHUNK + 5; // more chunks than lanes
    double[] some = NumberKind.ORDINARY.take(type(), 5003, 1);
    double[] grads = new double[length];
    for (int i = 0; i < length; i += some.length) {
      System.arraycopy(some, 0, grads, i, Math.min(some.length, length - i));
    }
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(5);
    try (DeviceBuffer buffer = backend().allocate(type(), length);
        GradientDecision decision = GradientDecision.allocate(backend(), policy, type(), length)) {
      Elements.write(buffer, grads);
      ReferencePolicy reference = new ReferencePolicy(type(), policy);
      backend().measure(buffer, decision);
      reference.measure(grads);
      reference.assertHeldBy(decision, length + " gradients");
    }
  }

  @ParameterizedTest
  @EnumSource
  default void stepsFollowThePolicy(NamedRule rule) {
    for (Layout layout : new Layout[] {Layout.WHOLE, Layout.at(1, 2, 3)}) {
      for (int length : new int[] {5, 1000, 20_001}) {
        try (Trial trial = new Trial(backend(), type(), rule, length, layout)) {
          trial.policy(ALL).steps(5, NumberKind.ORDINARY).check();
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  default void allKindsOfGradients(NumberKind kind) {
    for (NamedRule rule : NamedRule.VARIANTS) {
      for (GradientPolicy policy :
          List.of(ALL, ALL.withLossScale(LossScale.constant(0.1)).withNonFinite(IGNORE))) {
        try (Trial trial = new Trial(backend(), type(), rule, 4099, Layout.GUARDED)) {
          trial.policy(policy).steps(3, kind).check();
        }
      }
    }
  }

  /** One value among many is enough, and everything is as before to the last bit. */
  @ParameterizedTest
  @ValueSource(
      doubles = {
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.MAX_VALUE,
        -Double.MAX_VALUE
      })
  default void whatIsNotFiniteIsSkipped(double value) {
    double planted = type().round(Math.abs(value) == Double.MAX_VALUE ? largest(value) : value);
    int length = 20_001;
    for (NamedRule rule : List.of(NamedRule.PLAIN, NamedRule.NESTEROV_CENTERED_MAXIMIZE)) {
      for (int where : new int[] {0, 16_384, length - 1}) {
        try (Trial trial = new Trial(backend(), type(), rule, length, Layout.GUARDED)) {
          trial.policy(ALL).steps(2, NumberKind.ORDINARY);
          double[] grads = NumberKind.ORDINARY.take(type(), length, where);
          grads[where] = planted;
          for (int skipped = 1; skipped <= 2; skipped++) {
            trial.step(rule.rule(), grads).check();
            assertEquals(skipped, trial.decision().skipped());
            assertEquals(skipped, trial.decision().skippedInARow());
            assertEquals(true, trial.decision().isSkipping());
          }
          trial.steps(1, NumberKind.ORDINARY).check();
          assertEquals(2, trial.decision().skipped());
          assertEquals(0, trial.decision().skippedInARow());
          assertEquals(false, trial.decision().isSkipping());
        }
      }
    }
  }

  private double largest(double sign) {
    return Math.copySign(type().bytes() == Float.BYTES ? Float.MAX_VALUE : Double.MAX_VALUE, sign);
  }

  @Test
  default void theLossScaleGrowsAndFallsBack() {
    GradientPolicy policy =
        GradientPolicy.NONE
            .withLossScale(new LossScale(1024, 2, 0.25, 3, 1))
            .withNonFinite(SKIP_STEP);
    double[] good = NumberKind.ORDINARY.take(type(), 100, 1);
    double[] bad = good.clone();
    bad[50] = Double.NaN;
    try (Trial trial = new Trial(backend(), type(), NamedRule.PLAIN, 100, Layout.WHOLE)) {
      trial.policy(policy);
      double[] expected = {1024, 1024, 2048, 2048, 512, 512, 512, 1024};
      for (int i = 0; i < expected.length; i++) {
        trial.step(trial.rule(), i == 4 ? bad : good);
        assertEquals(expected[i], trial.decision().lossScale(), "after step " + i);
      }
      trial.check();
    }
  }

  @Test
  default void theLossScaleHasALeastValue() {
    GradientPolicy policy =
        GradientPolicy.NONE
            .withLossScale(new LossScale(64, 2, 0.25, 1, 3))
            .withNonFinite(SKIP_STEP);
    double[] good = NumberKind.ORDINARY.take(type(), 100, 1);
    double[] bad = good.clone();
    bad[50] = Double.POSITIVE_INFINITY;
    try (Trial trial = new Trial(backend(), type(), NamedRule.PLAIN, 100, Layout.WHOLE)) {
      trial.policy(policy);
      double[] expected = {16, 4, 3, 3, 6, 3};
      for (int i = 0; i < expected.length; i++) {
        trial.step(trial.rule(), i == 4 ? good : bad).check();
        assertEquals(expected[i], trial.decision().lossScale(), "after step " + i);
      }
    }
  }

  /** The norm is 5: with 2 added it is above 6, and the gradients are multiplied by 6/7. */
  @Test
  default void theNormIsClippedWithItsEpsilon() {
    for (double epsilon : new double[] {0, 1, 2}) {
      GradientPolicy policy = GradientPolicy.NONE.withNormClip(6, epsilon);
      try (Trial trial = new Trial(backend(), type(), NamedRule.PLAIN, 2, Layout.WHOLE)) {
        trial.policy(policy).step(trial.rule(), new double[] {3, -4}).check();
        double[] decision = new double[DecisionField.COUNT];
        Elements.read(trial.decision().buffer().slice(0, decision.length), decision);
        double factor = epsilon == 2 ? type().round(6 / 7.0) : 1;
        assertEquals(factor, decision[DecisionField.FACTOR.index()], "with epsilon " + epsilon);
        assertEquals(5, decision[DecisionField.NORM.index()], "with epsilon " + epsilon);
      }
    }
  }

  /** A scale that only falls, or only grows, stops where gradients could no longer be unscaled. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  default void theLossScaleStaysUsable(boolean grows) {
    GradientPolicy policy =
        GradientPolicy.NONE
            .withLossScale(new LossScale(1024, 1e9, 1e-9, 1, 1e-44))
            .withMicroBatches(3)
            .withNonFinite(SKIP_STEP);
    double[] still = new double[100];
    double[] bad = still.clone();
    bad[50] = Double.NaN;
    try (Trial trial = new Trial(backend(), type(), NamedRule.PLAIN, 100, Layout.WHOLE)) {
      trial.policy(policy);
      for (int i = 0; i < 60; i++) {
        trial.step(trial.rule(), grows ? still : bad);
      }
      double scale = trial.decision().lossScale();
      assertEquals(true, scale > 0 && Double.isFinite(scale), "loss scale " + scale);
      trial.steps(2, NumberKind.ORDINARY).check();
      assertEquals(grows ? 0 : 60, trial.decision().skipped());
    }
  }

  /** What needs no measuring is not measured. */
  @Test
  default void scalesAndValueClipsNeedNoMeasuring() {
    GradientPolicy policy =
        GradientPolicy.NONE.withLossScale(LossScale.constant(7)).withValueClip(0.1);
    for (NamedRule rule : NamedRule.VARIANTS) {
      try (Trial trial = new Trial(backend(), type(), rule, 3000, Layout.GUARDED)) {
        trial.policy(policy).steps(3, NumberKind.ORDINARY).check();
      }
    }
  }

  @Test
  default void policiesAllocateNothing() {
    try (Trial trial =
        new Trial(backend(), type(), NamedRule.MOMENTUM_CENTERED, 100, Layout.GUARDED)) {
      trial.policy(ALL);
      DeviceBuffer sum = backend().allocate(type(), 100);
      DeviceBuffer addend = backend().allocate(type(), 100);
      long least =
          JavaHeap.least(
              20,
              500,
              i -> {
                sum.copyFrom(addend);
                sum.add(addend);
                backend().measure(trial.grads().part(), trial.decision());
                backend()
                    .step(
                        trial.rule(),
                        trial.params().part(),
                        trial.grads().part(),
                        trial.state(),
                        trial.decision());
              },
              backend()::synchronize);
      sum.close();
      addend.close();
      assertEquals(0, least, "bytes on the Java heap for 500 steps");
    }
  }

  @Test
  default void decisionsThatDoNotFit() {
    try (OptimizerBackend another = openAnother();
        Trial trial = new Trial(backend(), type(), NamedRule.PLAIN, 20_000, Layout.GUARDED);
        GradientDecision small = GradientDecision.allocate(backend(), ALL, type(), 16_384);
        GradientDecision foreign = GradientDecision.allocate(another, ALL, type(), 20_000)) {
      DeviceBuffer p = trial.params().part();
      DeviceBuffer g = trial.grads().part();
      assertRefused(IllegalArgumentException.class, "16384", () -> backend().measure(g, small));
      assertRefused(
          IllegalArgumentException.class, "decision", () -> backend().measure(g, foreign));
      assertRefused(NullPointerException.class, "decision", () -> backend().measure(g, null));
      assertRefused(
          IllegalArgumentException.class,
          "decision",
          () -> backend().step(trial.rule(), p, g, trial.state(), foreign));
      assertRefused(
          NullPointerException.class,
          "decision",
          () -> backend().step(trial.rule(), p, g, trial.state(), null));
      DeviceBuffer closed = small.buffer();
      closed.close();
      assertRefused(
          IllegalStateException.class,
          "closed",
          () -> backend().step(trial.rule(), p, g, trial.state(), small));
      trial.check();
    }
  }
}
