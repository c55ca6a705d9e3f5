package dev.rootmean.contract;

import dev.rootmean.Coefficients;
import dev.rootmean.GradientDecision;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.MemoryFaults.AddsTheFirstAlone;
import dev.rootmean.contract.MemoryFaults.CopiesTooEarly;
import dev.rootmean.contract.MemoryFaults.ForgetsInitialState;
import dev.rootmean.contract.MemoryFaults.Overtakes;
import dev.rootmean.contract.MemoryFaults.PositionIgnored;
import dev.rootmean.contract.MemoryFaults.ReadsTooEarly;
import dev.rootmean.contract.MemoryFaults.RecyclesUncleaned;
import dev.rootmean.contract.MemoryFaults.TruncatesLength;
import dev.rootmean.contract.MemoryFaults.WritesTooEarly;
import java.util.Arrays;
import java.util.function.Supplier;

/** A mistake that a backend could make, and the test of the contract that has to notice it. */
@SuppressWarnings("ImmutableEnumChecker") // the suppliers have no state
enum Fault {
  EPSILON_MISPLACED(
      "everyRuleFromItsFirstState",
      Planting.coefficients(
          k -> {
            double inside = k.epsilonInside;
            k.epsilonInside = k.epsilonOutside;
            k.epsilonOutside = inside;
          })),
  L2_IGNORED("everyRuleFromItsFirstState", Planting.coefficients(k -> k.l2 = 0)),
  SHRINK_IGNORED("everyRuleFromItsFirstState", Planting.coefficients(k -> k.shrink = 0)),
  MAXIMIZE_IGNORED("everyRuleFromItsFirstState", Planting.coefficients(k -> k.scale = 1)),
  NESTEROV_IGNORED(
      "everyRuleFromItsFirstState",
      Planting.coefficients(
          k -> {
            k.ahead = 1;
            k.along = 0;
          })),
  DECAY_SWAPPED(
      "everySize",
      Planting.coefficients(
          k -> {
            double decay = k.decay;
            k.decay = k.oneMinusDecay;
            k.oneMinusDecay = decay;
          })),
  ROUNDED_TWICE("everySize", Planting.coefficients(k -> k.oneMinusDecay = k.round(1 - k.decay))),
  FIRST_RULE_KEPT(
      "theRuleMayChangeBetweenSteps",
      () ->
          new ScalarDevice() {
            private boolean taken;

            @Override
            void take(Coefficients k) {
              if (!taken) {
                super.take(k);
                taken = true;
              }
            }
          }),

  SQUARED_BEFORE_WEIGHED(
      "aSquareThatOverflowsIsWeighedFirst",
      () ->
          new ScalarDevice() {
            @Override
            double square(double weighed, double g) {
              return round(oneMinusDecay * round(g * g));
            }
          }),
  MULTIPLY_ADD_FUSED(
      "everySize",
      () ->
          new ScalarDevice() {
            @Override
            double average(double old, double added) {
              return round(Math.fma(decay, old, added));
            }
          }),
  DOUBLE_IN_THE_MIDDLE(
      "everySize",
      () ->
          new ScalarDevice() {
            @Override
            double average(double old, double added) {
              return round(decay * old + added);
            }
          }),
  DIVISION_BY_RECIPROCAL(
      "everySize",
      () ->
          new ScalarDevice() {
            @Override
            double divide(double a, double b) {
              return round(a * round(1 / b));
            }
          }),
  ROOT_BY_RECIPROCAL(
      "everySize",
      () ->
          new ScalarDevice() {
            @Override
            double root(double x) {
              return round(x * round(1 / Math.sqrt(x)));
            }
          }),
  ABS_OMITTED(
      "everyRuleOnAllKindsOfNumbers",
      () ->
          new ScalarDevice() {
            @Override
            double variance(double v, double m) {
              return round(v - round(m * m));
            }
          }),
  SUBNORMAL_FLUSHED(
      "everyRuleOnAllKindsOfNumbers",
      () ->
          new ScalarDevice() {
            @Override
            double store(double x) {
              return Math.abs(x) < Float.MIN_NORMAL ? x * 0 : x;
            }
          }),

  LAST_ELEMENT_SKIPPED("everySize", Planting.count(n -> n - 1)),
  VECTOR_TAIL_SKIPPED("everySize", Planting.count(n -> n & -4)),
  PAGE_TAIL_SKIPPED("everySize", Planting.count(n -> n < 16_384 ? n : n & -16_384)),
  INDEX_OF_16_BITS("everySize", Planting.count(n -> Math.min(n, 65_536))),
  SLICE_OFFSET_IGNORED("slicesAtAnyOffset", Planting.start(offset -> 0)),
  SLICE_OFFSET_ALIGNED("slicesAtAnyOffset", Planting.start(offset -> offset & -4)),
  NEIGHBOUR_TOUCHED(
      "slicesAtAnyOffset",
      Planting.stepping(
          step -> {
            step.run();
            int end = (int) (step.params().offset() + step.params().length());
            if (end < step.params().memory().length()) {
              step.params().memory().set(end, 0);
            }
          })),

  BOUND_IGNORED(
      "stepsFollowThePolicy",
      () ->
          new ScalarDevice() {
            @Override
            double limit(double grad, double bound) {
              return grad;
            }
          }),
  BOUND_TURNS_NAN_INTO_A_NUMBER(
      "allKindsOfGradients",
      () ->
          new ScalarDevice() {
            @Override
            double limit(double grad, double bound) {
              return grad < bound ? Math.max(grad, -bound) : bound;
            }
          }),
  SUM_IN_ANOTHER_ORDER(
      "theSumHasOneOrder",
      () ->
          new ScalarDevice() {
            @Override
            void decide(ReferencePolicy policy, double[] grads) {
              double[] reversed = grads.clone();
              for (int i = 0; i < grads.length; i++) {
                reversed[i] = grads[grads.length - 1 - i];
              }
              policy.measure(reversed);
            }
          }),
  LAST_CHUNK_NOT_SUMMED(
      "whatIsNotFiniteIsSkipped",
      () ->
          new ScalarDevice() {
            @Override
            void decide(ReferencePolicy policy, double[] grads) {
              policy.measure(Arrays.copyOf(grads, Math.max(1, grads.length - 1)));
            }
          }),
  CONTROL_IGNORED(
      "whatIsNotFiniteIsSkipped",
      Planting.stepping(
          step -> {
            if (step.decision() != null) {
              step.decision().memory().set(GradientDecision.SKIP, 0);
            }
            step.run();
          })),

  SQUARE_AVERAGE_NOT_WRITTEN(
      "everySize", Planting.stepping(step -> step.runWithoutWriting(step.squareAverage()))),
  MOMENTUM_NOT_WRITTEN(
      "everySize", Planting.stepping(step -> step.runWithoutWriting(step.momentum()))),
  GRADIENT_AVERAGE_NOT_WRITTEN(
      "everySize", Planting.stepping(step -> step.runWithoutWriting(step.gradientAverage()))),
  GRADIENT_SCALED_IN_PLACE(
      "everyRuleFromItsFirstState",
      Planting.stepping(
          step -> {
            step.run();
            TypedArray grads = step.grads().memory();
            int start = (int) step.grads().offset();
            for (int i = start; i < start + step.grads().length(); i++) {
              grads.set(i, step.k().scale() * grads.get(i));
            }
          })),
  INITIAL_STATE_FORGOTTEN("everySize", ForgetsInitialState::new),
  MEMORY_NOT_ZEROED("newMemoryIsZero", RecyclesUncleaned::new),
  READ_MISSES_THE_LAST_STEP("aReadSeesTheStepsBeforeIt", ReadsTooEarly::new),
  WRITE_OVERTAKES_THE_STEP("aWriteDoesNotReachTheStepsBeforeIt", WritesTooEarly::new),
  COPY_MISSES_THE_LAST_STEP("aCopyTakesItsPlaceInTheQueue", CopiesTooEarly::new),
  ZERO_OVERTAKES("zerosTakeTheirPlaceInTheQueue", () -> new Overtakes("zero")),
  SUM_OVERTAKES("sumsTakeTheirPlaceInTheQueue", () -> new Overtakes("add")),
  MEASUREMENT_OVERTAKES("measurementsTakeTheirPlaceInTheQueue", () -> new Overtakes("measure")),
  STEP_OVERTAKES("measurementsTakeTheirPlaceInTheQueue", () -> new Overtakes("step")),
  COPY_OVERTAKES("aCopyTakesItsPlaceInTheQueue", () -> new Overtakes("copy")),
  MICRO_BATCHES_LOST("microBatchesAreAveraged", AddsTheFirstAlone::new),
  ARRAY_POSITION_IGNORED("arraysAreCopiedByRange", PositionIgnored::new),
  LENGTH_TRUNCATED("tooMuchMemoryIsRefusedAndCanBeTriedAgain", TruncatesLength::new),
  GARBAGE_IN_EVERY_STEP("stepsAllocateNothing", Planting.stepping(Planting.Step::run));

  private final String caughtBy;
  private final Supplier<ScalarDevice> opening;

  Fault(String caughtBy, Supplier<ScalarDevice> opening) {
    this.caughtBy = caughtBy;
    this.opening = opening;
  }

  /** A test that has to fail for this fault; others may too. */
  String caughtBy() {
    return caughtBy;
  }

  OptimizerBackend open() {
    return opening.get().open();
  }
}
