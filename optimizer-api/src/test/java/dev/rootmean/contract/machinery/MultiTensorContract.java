package dev.rootmean.contract.machinery;

import static dev.rootmean.contract.machinery.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.RmsProp;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.machinery.Trial.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tensors that are stepped together get the bits of those that are stepped one by one. */
public interface MultiTensorContract extends BackendUnderTest {
  /** As many as a model has, many of them smaller than a vector, wherever they lie. */
  @ParameterizedTest
  @CsvSource({"1, 50000", "2, 3", "161, 60", "40, 3000", "6, 50000"})
  default void tensorsAreSteppedTogetherAsOneByOne(int tensors, int longest) {
    RandomGenerator random = new SplittableRandom(tensors);
    for (NamedRule rule : NamedRule.VARIANTS) {
      List<Trial> trials = new ArrayList<>();
      try {
        MultiTensorStep together = backend().multiTensorStep();
        for (int i = 0; i < tensors; i++) {
          int length = 1 + random.nextInt(longest);
          Layout layout =
              i % 3 == 0
                  ? Layout.GUARDED
                  : Layout.at(random.nextInt(5), random.nextInt(5), random.nextInt(5));
          Trial trial = new Trial(backend(), type(), rule, length, layout);
          trials.add(trial.scramble(NumberKind.ORDINARY));
          together.add(trial.params().part(), trial.grads().part(), trial.state());
        }
        for (int step = 0; step < 2; step++) {
          for (Trial trial : trials) {
            int length = (int) trial.params().part().length();
            trial.grads().write(NumberKind.ORDINARY.take(type(), length, random.nextInt()));
          }
          step(together, rule.rule(), tensors);
          trials.forEach(trial -> trial.reference(trial.rule(), trial.grads().expected()));
        }
        trials.forEach(Trial::check);
      } finally {
        trials.forEach(Trial::close);
      }
    }
  }

  private static void step(MultiTensorStep together, RmsProp rule, int tensors) {
    for (int done = 0; done < tensors; ) {
      int stepped = together.step(rule, done);
      assertTrue(stepped > 0 && done + stepped <= tensors, done + " and then " + stepped);
      done += stepped;
    }
  }

  @Test
  default void aGradientIsReadWhereItWasGivenLast() {
    try (Trial trial = trial();
        DeviceBuffer other = backend().allocate(type(), StepMisuseContract.LENGTH)) {
      MultiTensorStep step = backend().multiTensorStep();
      step.add(trial.params().part(), other, trial.state());
      trial.grads().write(NumberKind.ORDINARY.take(type(), StepMisuseContract.LENGTH, 1));
      step.gradient(0, trial.grads().part());
      assertEquals(1, step.step(trial.rule(), 0));
      trial.reference(trial.rule(), trial.grads().expected());
      trial.check();
    }
  }

  /** What is wrong with a tensor is told before it is stepped. */
  @Test
  default void tensorsThatDoNotGoTogetherAreRefused() {
    try (Trial one = trial();
        Trial other = trial();
        Trial shorter =
            new Trial(backend(), type(), NamedRule.NESTEROV_CENTERED_MAXIMIZE, 5, Layout.GUARDED)) {
      MultiTensorStep step = backend().multiTensorStep();
      DeviceBuffer p = one.params().part();
      DeviceBuffer g = one.grads().part();
      step.add(p, g, one.state());
      overlap(() -> step.add(p, g, other.state()));
      overlap(() -> step.add(other.params().part(), g, one.state()));
      overlap(() -> step.add(p.slice(99, 1), g, shorter.state()));
      assertRefused(NullPointerException.class, "grads", () -> step.add(p, null, other.state()));
      assertRefused(IndexOutOfBoundsException.class, "1", () -> step.step(one.rule(), 1));
      overlap(() -> step.add(other.params().part(), p, other.state()));
      overlap(() -> step.add(g, shorter.grads().part(), other.state()));
      assertRefused(
          IllegalArgumentException.class,
          "length of params, 100",
          () -> step.add(other.params().part(), shorter.grads().part(), other.state()));
      step.add(other.params().part(), other.grads().part(), other.state());
      assertRefused(
          IllegalArgumentException.class,
          "length of params, 100",
          () -> step.gradient(1, shorter.grads().part()));
      overlap(() -> step.gradient(1, one.state().squareAverage()));
      DeviceBuffer closed = other.grads().part().slice(0, StepMisuseContract.LENGTH);
      step.gradient(1, closed);
      closed.close();
      assertRefused(IllegalStateException.class, "closed", () -> step(step, one.rule(), 2));
      other.check(); // the first may have been stepped: not all devices take both at once
      shorter.check();
    }
  }

  private Trial trial() {
    return new Trial(
        backend(),
        type(),
        NamedRule.NESTEROV_CENTERED_MAXIMIZE,
        StepMisuseContract.LENGTH,
        Layout.GUARDED);
  }

  private static void overlap(Executable call) {
    assertRefused(IllegalArgumentException.class, "overlap", call);
  }
}
