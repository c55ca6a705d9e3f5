package dev.rootmean.contract.machinery;

import static dev.rootmean.contract.machinery.Refusal.assertRefused;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.machinery.Trial.Layout;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** A step with arguments that do not fit each other is refused, and changes nothing. */
public interface StepMisuseContract extends BackendUnderTest {
  int LENGTH = 100;

  @Test
  default void nulls() {
    try (Trial trial = trial()) {
      RmsProp rule = trial.rule();
      DeviceBuffer p = trial.params().part();
      DeviceBuffer g = trial.grads().part();
      RmsPropState state = trial.state();
      assertRefused(NullPointerException.class, "rule", () -> backend().step(null, p, g, state));
      assertRefused(
          NullPointerException.class, "params", () -> backend().step(rule, null, g, state));
      assertRefused(
          NullPointerException.class, "grads", () -> backend().step(rule, p, null, state));
      assertRefused(NullPointerException.class, "state", () -> backend().step(rule, p, g, null));
      trial.check();
    }
  }

  @Test
  default void lengthsThatDiffer() {
    try (Trial trial = trial();
        DeviceBuffer longer = backend().allocate(type(), LENGTH + 1)) {
      DeviceBuffer p = trial.params().part();
      DeviceBuffer g = trial.grads().part();
      refusedStep("101", trial, p, longer, trial.state());
      refusedStep("99", trial, p, g.slice(0, LENGTH - 1), trial.state());
      refusedStep("101", trial, longer, g, trial.state());
      trial.check();
    }
  }

  @Test
  default void statesOfAnotherLength() {
    for (NamedRule rule : NamedRule.VARIANTS) {
      try (Trial trial = new Trial(backend(), type(), rule, LENGTH, Layout.GUARDED)) {
        RmsPropState shorter = trial.state().slice(1, LENGTH - 2);
        refusedStep("98", trial, trial.params().part(), trial.grads().part(), shorter);
        trial.check();
      }
    }
  }

  @Test
  default void overlaps() {
    try (Trial trial = trial();
        DeviceBuffer shared = backend().allocate(type(), 2 * LENGTH)) {
      DeviceBuffer p = trial.params().part();
      DeviceBuffer g = trial.grads().part();
      RmsPropState state = trial.state();
      refusedStep("overlap", trial, p, p, state);
      refusedStep(
          "overlap", trial, shared.slice(0, LENGTH), shared.slice(LENGTH - 1, LENGTH), state);
      refusedStep(
          "overlap", trial, shared.slice(LENGTH - 1, LENGTH), shared.slice(0, LENGTH), state);
      for (DeviceBuffer accumulator : accumulators(state)) {
        refusedStep("overlap", trial, accumulator, g, state);
        refusedStep("overlap", trial, p, accumulator, state);
      }
      Bits.assertHolds("the shared buffer", shared, new double[2 * LENGTH]);
      trial.check();
    }
  }

  @Test
  default void buffersOfAnotherBackend() {
    try (OptimizerBackend another = openAnother();
        Trial here = trial();
        Trial there = trial(another)) {
      DeviceBuffer p = here.params().part();
      DeviceBuffer g = here.grads().part();
      refusedStep("params", here, there.params().part(), g, here.state());
      refusedStep("grads", here, p, there.grads().part(), here.state());
      refusedStep("state", here, p, g, there.state());
      refusedStep("params", here, notOurs(), g, here.state());
      here.check();
      there.check();
    }
  }

  private static DeviceBuffer notOurs() {
    return (DeviceBuffer)
        Proxy.newProxyInstance(
            DeviceBuffer.class.getClassLoader(),
            new Class<?>[] {DeviceBuffer.class},
            (proxy, method, arguments) -> "not ours");
  }

  @Test
  default void statesThatDoNotFitTheRule() {
    for (NamedRule made : NamedRule.VARIANTS) {
      try (Trial trial = new Trial(backend(), type(), made, LENGTH, Layout.GUARDED)) {
        for (NamedRule used : NamedRule.VARIANTS) {
          if (used != made) {
            Executable step =
                () ->
                    backend()
                        .step(
                            used.rule(),
                            trial.params().part(),
                            trial.grads().part(),
                            trial.state());
            assertRefused(IllegalArgumentException.class, "state", step);
          }
        }
        trial.check();
      }
    }
  }

  @Test
  default void closedBuffersInAStep() {
    try (Trial trial = trial()) {
      DeviceBuffer p = trial.params().part();
      DeviceBuffer g = trial.grads().part();
      DeviceBuffer closed = backend().allocate(type(), LENGTH);
      closed.close();
      DeviceBuffer closedSlice = p.slice(0, LENGTH);
      closedSlice.close();
      RmsPropState closedState = trial.state().slice(0, LENGTH);
      closedState.close();
      RmsPropState halfClosed = trial.state().slice(0, LENGTH);
      halfClosed.gradientAverage().orElseThrow().close();
      for (Executable step :
          new Executable[] {
            () -> backend().step(trial.rule(), closed, g, trial.state()),
            () -> backend().step(trial.rule(), p, closed, trial.state()),
            () -> backend().step(trial.rule(), closedSlice, g, trial.state()),
            () -> backend().step(trial.rule(), p, g, closedState),
            () -> backend().step(trial.rule(), p, g, halfClosed)
          }) {
        assertRefused(IllegalStateException.class, "closed", step);
      }
      trial.check();
    }
  }

  private Trial trial() {
    return trial(backend());
  }

  private Trial trial(OptimizerBackend backend) {
    return new Trial(backend, type(), NamedRule.MOMENTUM_CENTERED, LENGTH, Layout.at(9, 8, 7))
        .steps(1, NumberKind.ORDINARY);
  }

  private static DeviceBuffer[] accumulators(RmsPropState state) {
    return new DeviceBuffer[] {
      state.squareAverage(), state.momentum().orElseThrow(), state.gradientAverage().orElseThrow()
    };
  }

  private void refusedStep(
      String word, Trial trial, DeviceBuffer params, DeviceBuffer grads, RmsPropState state) {
    assertRefused(
        IllegalArgumentException.class,
        word,
        () -> backend().step(trial.rule(), params, grads, state));
  }

  @Test
  default void aDecisionIsApartFromWhatItDecidesAbout() {
    GradientPolicy clip = GradientPolicy.NONE.withNormClip(1);
    RmsProp rule = NamedRule.PLAIN.rule();
    try (GradientDecision decision = GradientDecision.allocate(backend(), clip, type(), 1000);
        RmsPropState state = RmsPropState.allocate(backend(), rule, type(), 8);
        DeviceBuffer other = backend().allocate(type(), 8)) {
      DeviceBuffer part = decision.buffer().slice(0, 8);
      assertRefused(
          IllegalArgumentException.class, "overlap", () -> backend().measure(part, decision));
      assertRefused(
          IllegalArgumentException.class,
          "overlap",
          () -> backend().step(rule, part, other, state, decision));
      assertRefused(
          IllegalArgumentException.class,
          "overlap",
          () -> backend().step(rule, other, part, state, decision));
    }
  }
}
