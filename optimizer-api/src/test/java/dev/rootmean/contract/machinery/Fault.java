package dev.rootmean.contract.machinery;

import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.contract.machinery.MemoryFaults.AddsTheFirstAlone;
import dev.rootmean.contract.machinery.MemoryFaults.ArrayOffsetIgnored;
import dev.rootmean.contract.machinery.MemoryFaults.CopiesTooEarly;
import dev.rootmean.contract.machinery.MemoryFaults.ForgetsInitialState;
import dev.rootmean.contract.machinery.MemoryFaults.Overtakes;
import dev.rootmean.contract.machinery.MemoryFaults.PositionIgnored;
import dev.rootmean.contract.machinery.MemoryFaults.ReadsTooEarly;
import dev.rootmean.contract.machinery.MemoryFaults.RecyclesUncleaned;
import dev.rootmean.contract.machinery.MemoryFaults.TruncatesLength;
import dev.rootmean.contract.machinery.MemoryFaults.WritesTooEarly;
import dev.rootmean.spi.DecisionField;
import dev.rootmean.spi.Device;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
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
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                private boolean taken;

                @Override
                void take(Kernel kernel, Numbers k) {
                  if (!taken) {
                    super.take(kernel, k);
                    taken = true;
                  }
                }
              })),

  SQUARED_BEFORE_WEIGHED(
      "aSquareThatOverflowsIsWeighedFirst",
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                double square(double weighed, double g) {
                  return round(oneMinusDecay * round(g * g));
                }
              })),
  MULTIPLY_ADD_FUSED(
      "everySize",
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                double average(double old, double added) {
                  return round(Math.fma(decay, old, added));
                }
              })),
  DOUBLE_IN_THE_MIDDLE(
      "everySize",
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                double average(double old, double added) {
                  return round(decay * old + added);
                }
              })),
  DIVISION_BY_RECIPROCAL(
      "everySize",
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                double divide(double a, double b) {
                  return round(a * round(1 / b));
                }
              })),
  ROOT_BY_RECIPROCAL(
      "everySize",
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                double root(double x) {
                  return round(x * round(1 / Math.sqrt(x)));
                }
              })),
  ABS_OMITTED(
      "everyRuleOnAllKindsOfNumbers",
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                double variance(double v, double m) {
                  return round(v - round(m * m));
                }
              })),
  SUBNORMAL_FLUSHED(
      "everyRuleOnAllKindsOfNumbers",
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                double store(double x) {
                  return Math.abs(x) < Float.MIN_NORMAL ? x * 0 : x;
                }
              })),

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
            int end = step.offset("p") + step.length();
            if (end < step.memory("p").length()) {
              step.memory("p").set(end, 0);
            }
          })),

  BOUND_IGNORED(
      "stepsFollowThePolicy",
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                double limit(double grad, double bound) {
                  return grad;
                }
              })),
  BOUND_TURNS_NAN_INTO_A_NUMBER(
      "allKindsOfGradients",
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                double limit(double grad, double bound) {
                  return grad < bound ? Math.max(grad, -bound) : bound;
                }
              })),
  SUM_IN_ANOTHER_ORDER(
      "theSumHasOneOrder",
      Planting.sums(
          () ->
              new ScalarPolicy() {
                @Override
                double sum(double[] values, int count) {
                  double[] reversed = new double[count];
                  for (int i = 0; i < count; i++) {
                    reversed[i] = values[count - 1 - i];
                  }
                  return super.sum(reversed, count);
                }
              })),
  LAST_CHUNK_NOT_SUMMED(
      "whatIsNotFiniteIsSkipped",
      Planting.sums(
          () ->
              new ScalarPolicy() {
                @Override
                double sum(double[] values, int count) {
                  return super.sum(values, Math.max(1, count - 1));
                }
              })),
  DECISION_IGNORED(
      "whatIsNotFiniteIsSkipped",
      Planting.stepping(
          step -> {
            if (step.memory("d") != null) {
              step.memory("d").set(step.offset("d") + DecisionField.SKIP.index(), 0);
            }
            step.run();
          })),

  SQUARE_AVERAGE_NOT_WRITTEN("everySize", Planting.stepping(step -> step.runWithoutWriting("v"))),
  MOMENTUM_NOT_WRITTEN("everySize", Planting.stepping(step -> step.runWithoutWriting("b"))),
  GRADIENT_AVERAGE_NOT_WRITTEN("everySize", Planting.stepping(step -> step.runWithoutWriting("m"))),
  GRADIENT_SCALED_IN_PLACE(
      "everyRuleFromItsFirstState",
      Planting.stepping(
          step -> {
            step.run();
            double scale = step.numbers().get(step.kernel().numbers().indexOf("scale"));
            TypedArray grads = step.memory("g");
            for (int i = step.offset("g"); i < step.offset("g") + step.length(); i++) {
              grads.set(i, scale * grads.get(i));
            }
          })),
  INITIAL_STATE_FORGOTTEN("everySize", ForgetsInitialState::new),
  MEMORY_NOT_ZEROED("newMemoryIsZero", RecyclesUncleaned::new),
  READ_MISSES_THE_LAST_STEP("aReadSeesTheStepsBeforeIt", ReadsTooEarly::new),
  WRITE_OVERTAKES_THE_STEP("aWriteDoesNotReachTheStepsBeforeIt", WritesTooEarly::new),
  COPY_MISSES_THE_LAST_STEP("aCopyTakesItsPlaceInTheQueue", CopiesTooEarly::new),
  ZERO_OVERTAKES("zerosTakeTheirPlaceInTheQueue", () -> new Overtakes("zero")),
  SUM_OVERTAKES("sumsTakeTheirPlaceInTheQueue", () -> new Overtakes("add")),
  MEASUREMENT_OVERTAKES(
      "measurementsTakeTheirPlaceInTheQueue", () -> new Overtakes("sum_squares", "decide")),
  STEP_OVERTAKES("measurementsTakeTheirPlaceInTheQueue", () -> new Overtakes("rmsprop")),
  COPY_OVERTAKES("aCopyTakesItsPlaceInTheQueue", () -> new Overtakes("copy")),
  MICRO_BATCHES_LOST("microBatchesAreAveraged", AddsTheFirstAlone::new),
  ARRAY_POSITION_IGNORED("arraysAreCopiedByRange", PositionIgnored::new),
  ARRAY_OFFSET_IGNORED("hostBuffersAreCopiedByRange", ArrayOffsetIgnored::new),
  LENGTH_TRUNCATED("tooMuchMemoryIsRefusedAndCanBeTriedAgain", TruncatesLength::new),
  HALF_OF_THE_BITS_LOST("rowsInFewerBits", PrecisionFaults.HALF_OF_THE_BITS_LOST),
  OFFSET_IN_THE_PARAMETERS_BYTES("rowsInFewerBits", PrecisionFaults.OFFSET_HALVED),
  NEAREST_FOR_RANDOM("aLongDecayShows", PrecisionFaults.NEAREST_FOR_RANDOM),
  TIES_UP("tiesAreRoundedToEven", PrecisionFaults.TIES_UP),
  FIRST_KEY_KEPT("noRoundingTellsOfAnother", PrecisionFaults.FIRST_KEY_KEPT),
  PLACES_IN_32_BITS("noRoundingTellsOfAnother", PrecisionFaults.PLACES_IN_32_BITS),
  ROWS_ROUNDED_ALIKE("noRoundingTellsOfAnother", PrecisionFaults.ROWS_ROUNDED_ALIKE),
  PLACE_OF_THE_BUFFER(
      "aTensorOfFewerBitsCanBeSteppedPartByPart", PrecisionFaults.PLACE_OF_THE_BUFFER),
  NEAREST_FOR_RANDOM_IN_BLOCKS("aLongDecayShowsInBlocks", BlockFaults.NEAREST_FOR_RANDOM),
  BASE_OF_THE_FIRST_BLOCK("rowsInBlocks", BlockFaults.BASE_OF_THE_FIRST_BLOCK),
  BASE_OF_WHAT_IS_NOT_FINITE(
      "anInfinityTouchesNoNeighbour", BlockFaults.BASE_OF_WHAT_IS_NOT_FINITE),
  TAIL_LEFT_OUT_OF_THE_BASE("rowsInBlocks", BlockFaults.TAIL_LEFT_OUT_OF_THE_BASE),
  ZERO_BECOMES_THE_LEAST("anInfinityTouchesNoNeighbour", BlockFaults.ZERO_BECOMES_THE_LEAST),
  THE_LEAST_BECOMES_ZERO(
      "aSmallSquareAverageBecomesTheLeastCode", BlockFaults.THE_LEAST_BECOMES_ZERO),
  SIGN_OF_A_NAN_KEPT("anInfinityTouchesNoNeighbour", BlockFaults.SIGN_OF_A_NAN_KEPT),
  REMAINDER_WITHOUT_SIGN(
      "theRemainderMakesParametersFloats", PrecisionFaults.REMAINDER_WITHOUT_SIGN),
  LAST_DUPLICATE_WINS("equalRowsAreSummedInOneOrder", RowFaults.LAST_DUPLICATE_WINS),
  SUMS_BACKWARDS("equalRowsAreSummedInOneOrder", RowFaults.SUMS_BACKWARDS),
  ROW_IN_16_BITS("rowsOfEveryWidth", RowFaults.ROW_IN_16_BITS),
  PLACE_WITHOUT_THE_ROW("rowsOfTablesInFewerBits", RowFaults.PLACE_WITHOUT_THE_ROW),
  OTHER_ROWS_DECAY("otherRowsKeepEveryBit", RowFaults.OTHER_ROWS_DECAY),
  ACCUMULATORS_CONFUSED(
      "everyRuleFromItsFirstState", Planting.confusing(launch -> launch.exchange("b", "m"))),
  AVERAGES_CONFUSED(
      "everyRuleFromItsFirstState", Planting.confusing(launch -> launch.exchange("v", "m"))),
  KERNELS_CONFUSED(
      "whatIsNotFiniteIsSkipped",
      Planting.confusing(
          launch -> {
            if (launch.kernel.row("d") >= 0) {
              launch.forgetTheLastRow();
            }
          })),
  GARBAGE_IN_EVERY_STEP("stepsAllocateNothing", Planting.stepping(Planting.Step::run));

  private final String caughtBy;
  private final Supplier<Device<TypedArray>> opening;

  Fault(String caughtBy, Supplier<Device<TypedArray>> opening) {
    this.caughtBy = caughtBy;
    this.opening = opening;
  }

  /** A test that has to fail for this fault; others may too. */
  String caughtBy() {
    return caughtBy;
  }

  OptimizerBackend open() {
    return ScalarDevice.openInexact(opening.get());
  }
}
