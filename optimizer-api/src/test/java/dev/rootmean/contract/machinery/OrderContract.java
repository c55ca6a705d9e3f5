package dev.rootmean.contract.machinery;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.Optimizer;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.ReferenceStep;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Everything that is queued takes its place there. A transfer would wait for what is queued, and so
 * hide what overtakes: between the operations under test there is none.
 */
public interface OrderContract extends BackendUnderTest {
  /** Long enough that a step is not done when its call returns. */
  int MANY = 200_003;

  @Test
  default void zerosTakeTheirPlaceInTheQueue() {
    try (Trial trial = trial()) {
      double[] zeros = new double[MANY];
      trial.grads().write(NumberKind.ORDINARY.take(type(), MANY, 1));
      backend().step(trial.rule(), trial.params().part(), trial.grads().part(), trial.state());
      trial.reference(trial.rule(), trial.grads().expected());
      trial.grads().part().zero();
      backend().step(trial.rule(), trial.params().part(), trial.grads().part(), trial.state());
      trial.reference(trial.rule(), zeros);
      System.arraycopy(zeros, 0, trial.grads().expected(), 0, MANY);
      trial.check();
    }
  }

  @Test
  default void sumsTakeTheirPlaceInTheQueue() {
    double[] addend = NumberKind.ORDINARY.take(type(), MANY, 2);
    try (Trial trial = trial();
        DeviceBuffer added = backend().allocate(type(), MANY)) {
      Elements.write(added, addend);
      trial.grads().write(NumberKind.ORDINARY.take(type(), MANY, 1));
      backend().step(trial.rule(), trial.params().part(), trial.grads().part(), trial.state());
      trial.reference(trial.rule(), trial.grads().expected());
      trial.grads().part().add(added);
      add(addend, trial.grads().expected());
      backend().step(trial.rule(), trial.params().part(), trial.grads().part(), trial.state());
      trial.reference(trial.rule(), trial.grads().expected());
      trial.check();
    }
  }

  @Test
  default void measurementsTakeTheirPlaceInTheQueue() {
    GradientPolicy clip = GradientPolicy.NONE.withNormClip(1);
    double[] first = NumberKind.ORDINARY.take(type(), MANY, 1);
    double[] second = NumberKind.ORDINARY.take(type(), MANY, 2);
    ReferencePolicy policy = new ReferencePolicy(type(), clip);
    try (Trial trial = trial();
        DeviceBuffer a = backend().allocate(type(), MANY);
        DeviceBuffer b = backend().allocate(type(), MANY);
        GradientDecision decision = GradientDecision.allocate(backend(), clip, type(), MANY)) {
      Elements.write(a, first);
      Elements.write(b, second);
      DeviceBuffer grads = trial.grads().part();
      grads.copyFrom(a);
      grads.add(b);
      backend().measure(grads, decision);
      backend().step(trial.rule(), trial.params().part(), grads, trial.state(), decision);
      grads.zero();
      backend().measure(grads, decision); // not before the step that the last one was for
      double[] sum = first.clone();
      add(second, sum);
      policy.measure(sum);
      trial.reference(trial.rule(), policy.apply(sum));
      double[] zeros = new double[MANY];
      policy.measure(zeros);
      policy.assertHeldBy(decision, "zeros");
      System.arraycopy(zeros, 0, trial.grads().expected(), 0, MANY);
      trial.check();
    }
  }

  /** What an {@link Optimizer} makes of a device's copies, sums, measurements and steps. */
  @ParameterizedTest
  @ValueSource(ints = {1, 1000, 40_001})
  default void microBatchesAreAveraged(int length) {
    GradientPolicy mean =
        GradientPolicy.NONE
            .withMicroBatches(3)
            .withNormClip(2)
            .withLossScale(LossScale.constant(4));
    for (NamedRule name : NamedRule.VARIANTS) {
      ReferencePolicy policy = new ReferencePolicy(type(), mean);
      ReferenceStep step = new ReferenceStep(type(), name.rule());
      double[] p = NumberKind.ORDINARY.take(type(), length, 1);
      double[] v = new double[length];
      Arrays.fill(v, type().round(name.rule().initialSquareAverage()));
      double[] b = new double[length];
      double[] m = new double[length];
      try (Optimizer optimizer =
          Optimizer.builder(backend(), name.rule())
              .dataType(type())
              .parameter("w", length)
              .policy(mean)
              .build()) {
        Elements.write(optimizer.parameter("w"), p);
        for (int round = 0; round < 2; round++) {
          double[] sum = new double[length];
          for (int i = 0; i < 3; i++) {
            double[] grads = NumberKind.ORDINARY.take(type(), length, 10 * round + i);
            Elements.write(optimizer.gradient("w"), grads);
            optimizer.step();
            if (i == 0) {
              sum = grads.clone();
            } else {
              add(grads, sum);
            }
          }
          policy.measure(sum);
          step.step(p, policy.apply(sum), v, b, m);
        }
        Bits.assertHolds("params of " + name, optimizer.parameter("w"), p);
        RmsPropState state = optimizer.state("w");
        Bits.assertHolds("squareAverage of " + name, state.squareAverage(), v);
        state.momentum().ifPresent(held -> Bits.assertHolds("momentum of " + name, held, b));
        state.gradientAverage().ifPresent(held -> Bits.assertHolds("mean of " + name, held, m));
      }
    }
  }

  /** With what a policy uses tried beforehand: its first use waits, and so hides what overtakes. */
  private Trial trial() {
    try (DeviceBuffer buffer = backend().allocate(type(), 1);
        DeviceBuffer other = backend().allocate(type(), 1);
        GradientDecision decision =
            GradientDecision.allocate(backend(), GradientPolicy.NONE, type(), 1)) {
      buffer.add(other);
      backend().measure(buffer, decision);
    }
    return new Trial(backend(), type(), NamedRule.MOMENTUM_CENTERED, MANY, Trial.Layout.WHOLE);
  }

  private void add(double[] addend, double[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] = type().round(sum[i] + addend[i]);
    }
  }
}
