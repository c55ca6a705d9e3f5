package dev.rootmean.contract.machinery;

import static dev.rootmean.contract.machinery.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.Precision;
import dev.rootmean.Precision.Rounding;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.machinery.Trial.Layout;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Rows of fewer bits that do not go together are refused, with what was given, and kept. */
public interface PrecisionMisuseContract extends BackendUnderTest {
  Class<IllegalArgumentException> REFUSAL = IllegalArgumentException.class;

  int FEW = 100;

  private Trial trial(Precision precision) {
    return new Trial(backend(), precision, NamedRule.MOMENTUM_CENTERED, FEW, Layout.at(9, 8, 7))
        .scramble(NumberKind.ORDINARY)
        .steps(1, NumberKind.ORDINARY);
  }

  /** With parameters and gradients of any type, and the state of any precision. */
  @Test
  default void typesThatDoNotGoTogetherAreRefused() {
    List<DataType> types = new ArrayList<>(halves());
    types.add(type());
    List<Precision> known = new ArrayList<>(precisions());
    known.add(Precision.of(type()));
    for (Precision ofState : known) {
      try (Trial trial = trial(ofState)) {
        for (DataType params : types) {
          for (DataType grads : types) {
            if (known.stream().noneMatch(p -> isOf(p, params, grads, ofState))) {
              refused(trial, ofState, params, grads);
            }
          }
        }
        trial.check();
      }
    }
  }

  private static boolean isOf(
      Precision precision, DataType params, DataType grads, Precision ofState) {
    return precision.parameters() == params
        && precision.gradients() == grads
        && precision.accumulators() == ofState.accumulators()
        && precision.remainder() == ofState.remainder()
        && precision.rounding() == ofState.rounding();
  }

  private static String inWords(DataType params, DataType grads, Precision ofState) {
    return "params "
        + params
        + (ofState.remainder() ? " and remainder" : "")
        + ", grads "
        + grads
        + ", accumulators "
        + ofState.accumulators()
        + (ofState.rounding() == Rounding.RANDOM ? ", random rounding" : "");
  }

  private void refused(Trial trial, Precision ofState, DataType params, DataType grads) {
    try (DeviceBuffer p = backend().allocate(params, FEW);
        DeviceBuffer g = backend().allocate(grads, FEW)) {
      Executable step = () -> backend().step(trial.rule(), p, g, trial.state());
      String told = assertThrows(REFUSAL, step).getMessage();
      for (String part :
          List.of(
              inWords(params, grads, ofState) + ": expected one of these",
              "params FLOAT32, grads BFLOAT16, accumulators FLOAT32;",
              "params BFLOAT16 and remainder, grads BFLOAT16, accumulators FLOAT32;",
              "params BFLOAT16, grads BFLOAT16, accumulators BFLOAT16, random rounding;")) {
        assertTrue(told.contains(part), () -> "\"" + told + "\" does not say " + part);
      }
      String same =
          assertThrows(
                  REFUSAL,
                  () ->
                      new Precision(
                          params,
                          grads,
                          ofState.accumulators(),
                          ofState.remainder(),
                          ofState.rounding(),
                          0))
              .getMessage();
      assertEquals(told, same);
      Bits.assertHolds("params", p, new double[FEW]);
    }
  }

  @Test
  default void transfersInAnotherTypeAreRefused() {
    for (DataType half : halves()) {
      try (DeviceBuffer wide = backend().allocate(type(), 8);
          DeviceBuffer narrow = backend().allocate(half, 8)) {
        assertRefused(REFUSAL, half.name(), () -> wide.copyFrom(narrow));
        assertRefused(REFUSAL, half.name(), () -> narrow.copyFrom(wide));
        assertRefused(REFUSAL, half.name(), () -> narrow.add(wide));
        assertRefused(REFUSAL, half.name(), () -> narrow.write(new double[8]));
        assertRefused(REFUSAL, half.name(), () -> narrow.read(new double[8]));
        assertRefused(REFUSAL, "16 bits", () -> wide.write(0, ShortBuffer.allocate(8), 0, 8));
        assertRefused(REFUSAL, "16 bits", () -> wide.read(0, ShortBuffer.allocate(8), 0, 8));
        Bits.assertHolds("the wide one", wide, new double[8]);
      }
    }
  }

  /** One that rounds by random bits, which are the same for the same attempt. */
  @Test
  default void anAttemptRoundsOnce() {
    for (Precision precision : precisions()) {
      if (precision.rounding() != Rounding.RANDOM) {
        continue;
      }
      try (Trial trial = trial(precision)) {
        RmsPropState state = trial.state();
        DeviceBuffer p = trial.params().part();
        DeviceBuffer g = trial.grads().part();
        Executable again = () -> backend().step(trial.rule(), p, g, state);
        assertRefused(IllegalStateException.class, "attempt " + state.attempt(), again);
        assertRefused(IllegalStateException.class, "elements 7 to 106", again);
        MultiTensorStep together = backend().multiTensorStep();
        together.add(p, g, state);
        assertRefused(
            IllegalStateException.class,
            "attempt " + state.attempt(),
            () -> together.step(trial.rule(), 0));
        trial.check().steps(2, NumberKind.ORDINARY).check();
        try (Trial other = trial(precision)) {
          Trial.stepTogether(List.of(other, trial), NumberKind.ORDINARY);
          assertRefused(IllegalStateException.class, "attempt " + state.attempt(), again);
          trial.check();
          other.check();
        }
      }
    }
  }

  /** Parts apart from each other are not refused, nor what was overwritten since. */
  @Test
  default void anAttemptRoundsEachPartOnce() throws Throwable {
    RmsProp rule = NamedRule.PLAIN.rule();
    for (Precision precision : precisions()) {
      try (DeviceBuffer params = backend().allocate(precision.parameters(), FEW);
          DeviceBuffer grads = backend().allocate(precision.gradients(), FEW);
          RmsPropState state = RmsPropState.allocate(backend(), rule, precision, 0, FEW)) {
        BiFunction<Integer, Integer, Executable> step =
            (start, end) ->
                () ->
                    backend()
                        .step(
                            rule,
                            params.slice(start, end - start),
                            grads.slice(start, end - start),
                            state.slice(start, end - start));
        int[][] parts = {{0, 20}, {60, 80}, {85, 90}, {80, 85}, {40, 60}, {20, 40}, {90, FEW}};
        for (int[] part : parts) {
          step.apply(part[0], part[1]).execute();
          for (int[] again : new int[][] {part, {part[0], part[0] + 1}, {part[1] - 1, part[1]}}) {
            if (precision.rounding() == Rounding.RANDOM) {
              String told = "elements " + again[0] + " to " + (again[1] - 1);
              Executable refused = step.apply(again[0], again[1]);
              assertRefused(IllegalStateException.class, told, refused);
            }
          }
        }
        if (precision.rounding() == Rounding.RANDOM) {
          assertRefused(IllegalStateException.class, "attempt 0", step.apply(0, FEW));
          state.squareAverage().zero();
        }
        step.apply(0, FEW).execute();
      }
    }
  }

  @Test
  default void statesThatAreRoundedOtherwiseAreNotSteppedTogether() {
    for (Precision precision : precisions()) {
      try (Trial one = trial(precision);
          Trial other = trial(precision);
          Trial otherSeed = trial(precision.withSeed(77))) {
        MultiTensorStep together = backend().multiTensorStep();
        together.add(one.params().part(), one.grads().part(), one.state());
        for (Precision another : precisions()) {
          if (!precision.equals(another)) {
            try (Trial third = trial(another)) {
              assertRefused(
                  REFUSAL,
                  "the first tensor's",
                  () -> together.add(third.params().part(), third.grads().part(), third.state()));
              third.check();
            }
          }
        }
        together.add(other.params().part(), other.grads().part(), other.state());
        MultiTensorStep ofTwoSeeds = backend().multiTensorStep();
        ofTwoSeeds.add(one.params().part(), one.grads().part(), one.state());
        ofTwoSeeds.add(otherSeed.params().part(), otherSeed.grads().part(), otherSeed.state());
        if (precision.rounding() == Rounding.RANDOM) {
          one.state().attempt(123);
          other.state().attempt(124);
          otherSeed.state().attempt(123);
          assertRefused(REFUSAL, "attempt 124: expected", () -> together.step(one.rule(), 1));
          assertRefused(REFUSAL, "and 123", () -> together.step(one.rule(), 1));
          assertRefused(REFUSAL, "seed 77 and", () -> ofTwoSeeds.step(one.rule(), 1));
        }
        one.check();
        other.check();
        otherSeed.check();
      }
    }
  }

  @Test
  default void aRemainderThatIsClosedIsRefused() {
    for (Precision precision : precisions()) {
      if (precision.remainder()) {
        try (Trial trial = trial(precision)) {
          RmsPropState view = trial.state().slice(0, FEW);
          view.remainder().orElseThrow().close();
          assertRefused(
              IllegalStateException.class,
              "state.remainder",
              () ->
                  backend().step(trial.rule(), trial.params().part(), trial.grads().part(), view));
          trial.check();
        }
      }
    }
  }

  @Test
  default void aPlaceBelowTheFirstIsRefused() {
    for (Precision precision : precisions()) {
      assertRefused(
          REFUSAL,
          "place -1",
          () -> RmsPropState.allocate(backend(), NamedRule.PLAIN.rule(), precision, -1, 8).close());
    }
  }
}
