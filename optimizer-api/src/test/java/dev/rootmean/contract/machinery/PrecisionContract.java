package dev.rootmean.contract.machinery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Precision;
import dev.rootmean.Precision.Rounding;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.CheckedSteps;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.Overflow;
import dev.rootmean.contract.machinery.Trial.Layout;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A step whose rows are stored in fewer bits gives the reference's bits in all of them. */
public interface PrecisionContract extends BackendUnderTest {
  /** Each kernel that there is, and some of where its rows may lie. */
  record Case(
      Precision precision,
      NamedRule rule,
      GradientPolicy policy,
      Layout layout,
      NumberKind numbers,
      int length) {}

  /** One for each kernel of a precision. */
  List<NamedRule> RULES = List.copyOf(NamedRule.VARIANTS);

  /** They straddle vectors, stages and pages. */
  List<Integer> SIZES = List.of(1, 3, 4, 5, 255, 1000, 2049, 16_383, 16_385, 40_003);

  /** All begin on vectors, none does, and each at another place. */
  List<Layout> LAYOUTS =
      List.of(Layout.WHOLE, Layout.GUARDED, Layout.at(1, 1, 1), Layout.at(4, 6, 9));

  /** For the kernels that follow a decision: it skips no step. */
  GradientPolicy POLICY = GradientPolicy.NONE.withNormClip(3, 0.5).withValueClip(0.4);

  /** It skips a step by gradients that are not finite. */
  GradientPolicy SKIPPING =
      GradientPolicy.NONE.withNormClip(3, 0.5).withNonFinite(GradientPolicy.NonFinite.SKIP_STEP);

  /**
   * Every other size for each kernel, and the rest by turns, so that any value of one thing comes
   * with any value of another.
   */
  static List<Case> cases(List<Precision> precisions) {
    List<Case> cases = new ArrayList<>();
    for (int p = 0; p < precisions.size(); p++) {
      for (int r = 0; r < RULES.size(); r++) {
        for (int c = 0; c < 2; c++) {
          for (int s = (p + r + c) % 2; s < SIZES.size(); s += 2) {
            cases.add(
                new Case(
                    precisions.get(p),
                    RULES.get(r),
                    c == 0 ? GradientPolicy.NONE : POLICY,
                    LAYOUTS.get((p / 2 + r + c + s / 2) % LAYOUTS.size()),
                    (p + c + s / 2) % 2 == 0 ? NumberKind.ORDINARY : NumberKind.BITS,
                    SIZES.get(s)));
          }
        }
      }
    }
    return cases;
  }

  static Stream<NamedRule> variants() {
    return RULES.stream();
  }

  @ParameterizedTest
  @MethodSource("dev.rootmean.contract.machinery.PrecisionContract#variants")
  default void rowsInFewerBits(NamedRule rule) {
    for (Case c : cases(precisions())) {
      if (c.rule == rule) {
        try (Trial trial = new Trial(backend(), c.precision, rule, c.length, c.layout)) {
          if (!c.policy.equals(GradientPolicy.NONE)) {
            trial.policy(c.policy);
          }
          trial.scramble(c.numbers).steps(1, c.numbers).check().steps(1, c.numbers).check();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.rootmean.contract.machinery.PrecisionContract#variants")
  default void tensorsOfFewerBitsAreSteppedTogether(NamedRule rule) {
    for (Precision precision : precisions()) {
      boolean isDecided = (precisions().indexOf(precision) + RULES.indexOf(rule)) % 2 == 0;
      CheckedSteps.together(backend(), precision, rule, isDecided ? SKIPPING : null);
    }
  }

  /** By the same random bits, those of an element's place. */
  @Test
  default void aTensorOfFewerBitsCanBeSteppedPartByPart() {
    NamedRule rule = NamedRule.NESTEROV_CENTERED_MAXIMIZE;
    int[] ends = {1, 2, 5, 9, 300, 16_384, 16_385, 32_771, 40_000};
    int length = ends[ends.length - 1];
    long place = (1L << 32) - 20_000;
    for (Precision precision : precisions()) {
      try (DeviceBuffer params = backend().allocate(precision.parameters(), length);
          DeviceBuffer grads = backend().allocate(precision.gradients(), length);
          RmsPropState state =
              RmsPropState.allocate(backend(), rule.rule(), precision, place, length)) {
        double[] p = written(params, 1);
        double[] g = written(grads, 2);
        double[] v = written(state.squareAverage(), 3);
        double[] b = written(state.momentum().orElseThrow(), 4);
        double[] m = written(state.gradientAverage().orElseThrow(), 5);
        double[] r = state.remainder().map(remainder -> written(remainder, 6)).orElse(null);
        state.attempt(11);
        int start = 0;
        for (int end : ends) {
          int part = end - start;
          backend()
              .step(
                  rule.rule(),
                  params.slice(start, part),
                  grads.slice(start, part),
                  state.slice(start, part));
          start = end;
        }
        new ReferencePrecision(precision, rule.rule()).step(11, place, p, g, v, b, m, r);
        Bits.assertHolds("params of " + precision, params, p);
        Bits.assertHolds("squareAverage of " + precision, state.squareAverage(), v);
        Bits.assertHolds("momentum of " + precision, state.momentum().orElseThrow(), b);
        Bits.assertHolds("mean of " + precision, state.gradientAverage().orElseThrow(), m);
        state.remainder().ifPresent(row -> Bits.assertHolds("remainder of " + precision, row, r));
      }
    }
  }

  private static double[] written(DeviceBuffer buffer, int seed) {
    double[] values = NumberKind.ORDINARY.take(buffer.dataType(), (int) buffer.length(), seed);
    Elements.write(buffer, values);
    return values;
  }

  /**
   * By gradients of 1 and a decay of ½ a square average of 1 + k units becomes 1 + k/2 units, every
   * other time in the middle between two numbers.
   */
  @Test
  default void tiesAreRoundedToEven() {
    RmsProp rule = RmsProp.builder().decay(0.5).build();
    for (Precision precision : precisions()) {
      DataType type = precision.accumulators();
      if (precision.rounding() == Rounding.RANDOM || type == type.compute()) {
        continue;
      }
      int units = type == DataType.BFLOAT16 ? 128 : 1024; // between 1 and 2
      double[] v = new double[units];
      double[] ones = new double[units];
      double[] expected = new double[units];
      Arrays.setAll(v, k -> 1 + (double) k / units);
      Arrays.fill(ones, 1);
      Arrays.setAll(expected, k -> 1 + Math.rint(k / 2.0) / units);
      try (DeviceBuffer params = backend().allocate(precision.parameters(), units);
          DeviceBuffer grads = backend().allocate(precision.gradients(), units);
          RmsPropState state = RmsPropState.allocate(backend(), rule, precision, 0, units)) {
        Elements.write(grads, ones);
        Elements.write(state.squareAverage(), v);
        backend().step(rule, params, grads, state);
        Bits.assertHolds("squareAverage of " + precision, state.squareAverage(), expected);
      }
    }
  }

  @Test
  default void whatGrowsBeyondFloat16IsInfinite() {
    for (Precision precision : precisions()) {
      if (precision.parameters() == DataType.FLOAT16) {
        for (boolean momentum : new boolean[] {false, true}) {
          Overflow.run(backend(), precision, momentum, false);
          Overflow.run(backend(), precision, momentum, true);
        }
      }
    }
  }

  /** Whatever sign and payload a device gives it, and with no lower half. */
  @Test
  default void whatIsNoNumberIsOnePattern() {
    RmsProp rule = RmsProp.builder().momentum(0.5).centered(true).build();
    int length = 1_001;
    for (Precision precision : precisions()) {
      try (DeviceBuffer params = backend().allocate(precision.parameters(), length);
          DeviceBuffer grads = backend().allocate(precision.gradients(), length);
          RmsPropState state = RmsPropState.allocate(backend(), rule, precision, 3, length)) {
        float[] nans = new float[length]; // of both signs, which are kept where these are floats
        Arrays.fill(nans, 0, 500, Float.intBitsToFloat(0xFFC1_2345));
        Arrays.fill(nans, 500, length, Float.NaN);
        grads.write(nans);
        backend().step(rule, params, grads, state);
        assertPattern(precision.parameters(), params, precision);
        assertPattern(precision.accumulators(), state.squareAverage(), precision);
        assertPattern(precision.accumulators(), state.momentum().orElseThrow(), precision);
        assertPattern(precision.accumulators(), state.gradientAverage().orElseThrow(), precision);
        state.remainder().ifPresent(row -> assertPattern(DataType.INT16, row, precision));
      }
    }
  }

  private static void assertPattern(DataType type, DeviceBuffer row, Precision precision) {
    if (type == type.compute()) {
      return;
    }
    short[] found = new short[(int) row.length()];
    short[] expected = new short[found.length];
    int pattern = type == DataType.BFLOAT16 ? 0x7FC0 : type == DataType.FLOAT16 ? 0x7E00 : 0;
    Arrays.fill(expected, (short) pattern);
    row.read(0, ShortBuffer.wrap(found), 0, found.length);
    assertArrayEquals(expected, found, () -> type + " of " + precision);
  }

  /** Steps, and what a policy wants of the gradients. */
  @Test
  default void stepsInFewerBitsAllocateNothing() {
    for (Precision precision : precisions()) {
      NamedRule rule = NamedRule.MOMENTUM_CENTERED;
      try (Trial trial = new Trial(backend(), precision, rule, 100, Layout.at(1, 2, 3))) {
        trial.policy(GradientPolicy.NONE.withNormClip(1));
        DeviceBuffer params = trial.params().part();
        DeviceBuffer grads = trial.grads().part();
        long least =
            JavaHeap.least(
                20,
                100,
                i -> {
                  trial.state().attempt(trial.state().attempt() + 1);
                  backend().step(trial.rule(), params, grads, trial.state());
                  backend().measure(grads, trial.decision());
                  trial.state().attempt(trial.state().attempt() + 1);
                  backend().step(trial.rule(), params, grads, trial.state(), trial.decision());
                },
                backend()::synchronize);
        assertEquals(0, least, "bytes on the Java heap for 200 steps of " + precision);
      }
    }
  }
}
