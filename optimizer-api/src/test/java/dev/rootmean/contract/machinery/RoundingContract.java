package dev.rootmean.contract.machinery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.Precision;
import dev.rootmean.Precision.Rounding;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsProp.WeightDecayMode;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What random bits and remainders are for. Each bar is five standard deviations of what it is for
 * if roundings are independent of each other: one in 1.7 million would be beyond. The bits are the
 * same each time.
 */
public interface RoundingContract extends BackendUnderTest {
  double SIGMAS = 5;

  int ELEMENTS = 20_000;

  /** How far below 1 the numbers are that are stored, in parts of the way to the next one. */
  double SHARE = 0.3;

  private List<Precision> random() {
    return precisions().stream().filter(p -> p.rounding() == Rounding.RANDOM).toList();
  }

  /** What neighbours below 1 differ by. */
  private static double unit(DataType type) {
    return type == DataType.FLOAT16 ? 0x1p-11 : 0x1p-8;
  }

  /**
   * For each row in 16 bits, what is left after a step of gradients that are 0: of ones, which
   * become 1 - {@link #SHARE} units in each row, 1 for an element that was rounded to the number
   * below, and 0 for one that was not.
   */
  private Map<String, double[]> roundedDown(Precision precision, long attempt, long place) {
    double shrink = SHARE * unit(precision.parameters());
    double decay = 1 - SHARE * unit(precision.accumulators());
    RmsProp rule =
        RmsProp.builder()
            .learningRate(0x1p-60) // what the momentum moves parameters by is lost beside 1
            .weightDecayMode(WeightDecayMode.DECOUPLED)
            .weightDecay(shrink * 0x1p60)
            .decay(decay)
            .momentum(decay)
            .centered(true)
            .build();
    double[] ones = new double[ELEMENTS];
    Arrays.fill(ones, 1);
    Map<String, double[]> down = new LinkedHashMap<>();
    try (DeviceBuffer params = backend().allocate(precision.parameters(), ELEMENTS);
        DeviceBuffer grads = backend().allocate(precision.gradients(), ELEMENTS);
        RmsPropState state = RmsPropState.allocate(backend(), rule, precision, place, ELEMENTS)) {
      Map<String, DeviceBuffer> rows =
          Map.of(
              "p", params,
              "v", state.squareAverage(),
              "b", state.momentum().orElseThrow(),
              "m", state.gradientAverage().orElseThrow());
      rows.values().forEach(row -> Elements.write(row, ones));
      state.attempt(attempt);
      backend().step(rule, params, grads, state);
      rows.forEach(
          (name, row) -> {
            if (row.dataType() != row.dataType().compute()) {
              double[] stored = new double[ELEMENTS];
              Elements.read(row, stored);
              double below = 1 - unit(row.dataType());
              for (int i = 0; i < ELEMENTS; i++) {
                assertTrue(stored[i] == 1 || stored[i] == below, name + " became " + stored[i]);
                stored[i] = stored[i] == 1 ? 0 : 1;
              }
              down.put(name, stored);
            }
          });
    }
    return down;
  }

  @Test
  default void roundingChangesNothingOnAverage() {
    double deviation = Math.sqrt(ELEMENTS * SHARE * (1 - SHARE));
    for (Precision precision : random()) {
      roundedDown(precision, 1, 0)
          .forEach(
              (row, down) ->
                  assertEquals(
                      ELEMENTS * SHARE,
                      Arrays.stream(down).sum(),
                      SIGMAS * deviation,
                      "rounded down of " + row + " in " + precision));
    }
  }

  /** Neighbours, rows, steps, trainings, and what is far away. */
  @Test
  default void noRoundingTellsOfAnother() {
    for (Precision precision : random()) {
      long seed = precision.seed();
      Map<String, double[]> down = roundedDown(precision, 5, 7);
      Map<String, double[]> again = roundedDown(precision, 5, 7);
      Map<String, Map<String, double[]>> others =
          Map.of(
              "the next attempt", roundedDown(precision, 6, 7),
              "a far attempt", roundedDown(precision, 5 + (1L << 32), 7),
              "another seed", roundedDown(precision.withSeed(seed ^ 1), 5, 7),
              "another upper word", roundedDown(precision.withSeed(seed ^ 1L << 32), 5, 7),
              "the places behind", roundedDown(precision, 5, 7 + ELEMENTS),
              "far places", roundedDown(precision, 5, 7 + (1L << 32)));
      down.forEach(
          (row, ofRow) -> {
            String what = row + " in " + precision + " and ";
            assertArrayEquals(ofRow, again.get(row), what + "the same again");
            others.forEach((name, other) -> assertIndependent(what + name, ofRow, other.get(row)));
            down.forEach(
                (name, other) -> {
                  if (!name.equals(row)) {
                    assertIndependent(what + name, ofRow, other);
                  }
                });
            for (int lag : new int[] {1, 2, 3, 4, 256, 1024}) {
              double[] shifted = Arrays.copyOfRange(ofRow, lag, ELEMENTS);
              assertIndependent(what + "itself " + lag + " on", ofRow, shifted);
            }
          });
    }
  }

  /** The covariance of independent ones is 0, and its deviation that of one element over √n. */
  private static void assertIndependent(String what, double[] one, double[] other) {
    double sum = 0;
    for (int i = 0; i < other.length; i++) {
      sum += (one[i] - SHARE) * (other[i] - SHARE);
    }
    assertEquals(
        0, sum, SIGMAS * SHARE * (1 - SHARE) * Math.sqrt(other.length), "covariance of " + what);
  }

  /**
   * After 10/(1 - decay) steps of a tenth of the gradient the square average has fallen to a
   * hundredth. To nearest it would stay, as a step changes it by less than half of its last bit.
   * One that comes to rest deviates by at most half of what neighbours differ by there, 2^-14: the
   * variance that a step adds is at most (1 - decay)·|v - g²|·2^-14, and it keeps decay² of what
   * was there.
   */
  @Test
  default void aLongDecayShows() {
    int elements = 64;
    RmsProp rule = RmsProp.builder().decay(0.999).initialSquareAverage(1).build();
    double[] gradients = new double[elements];
    Arrays.fill(gradients, 0.1);
    for (Precision precision : random()) {
      if (precision.accumulators() != DataType.BFLOAT16) {
        continue;
      }
      double g = precision.gradients().round(0.1);
      double exact = 1;
      double[] v = new double[elements];
      try (DeviceBuffer params = backend().allocate(precision.parameters(), elements);
          DeviceBuffer grads = backend().allocate(precision.gradients(), elements);
          RmsPropState state = RmsPropState.allocate(backend(), rule, precision, 0, elements)) {
        Elements.write(grads, gradients);
        for (int step = 0; step < 10_000; step++) {
          state.attempt(step);
          backend().step(rule, params, grads, state);
          exact = 0.999 * exact + 0.001 * g * g;
        }
        Elements.read(state.squareAverage(), v);
      }
      double mean = Arrays.stream(v).sum() / elements;
      assertEquals(exact, mean, SIGMAS * 0x1p-15 / Math.sqrt(elements), "v in " + precision);
    }
  }

  /** Parameters in two halves are trained as floats, by the same gradients. */
  @ParameterizedTest
  @MethodSource("dev.rootmean.contract.machinery.PrecisionContract#variants")
  default void theRemainderMakesParametersFloats(NamedRule rule) {
    int length = 2_051;
    for (Precision precision : precisions()) {
      if (!precision.remainder()) {
        continue;
      }
      Precision floats = Precision.FLOAT32.withGradients(precision.gradients());
      double[] start = NumberKind.ORDINARY.take(DataType.FLOAT32, length, 1);
      double[] high = Arrays.stream(start).map(ReferenceRounding::high).toArray();
      double[] low = Arrays.stream(start).map(ReferenceRounding::low).toArray();
      try (DeviceBuffer params = backend().allocate(precision.parameters(), length);
          DeviceBuffer whole = backend().allocate(DataType.FLOAT32, length);
          DeviceBuffer grads = backend().allocate(precision.gradients(), length);
          RmsPropState state = RmsPropState.allocate(backend(), rule.rule(), precision, 0, length);
          RmsPropState ofWhole = RmsPropState.allocate(backend(), rule.rule(), floats, 0, length)) {
        Elements.write(whole, start);
        float[] values = new float[length];
        whole.read(values);
        state.writeParameters(params, values);
        Bits.assertHolds("the upper halves", params, high);
        Bits.assertHolds("the lower halves", state.remainder().orElseThrow(), low);
        for (int step = 0; step < 50; step++) {
          Elements.write(grads, NumberKind.ORDINARY.take(precision.gradients(), length, step));
          backend().step(rule.rule(), params, grads, state);
          backend().step(rule.rule(), whole, grads, ofWhole);
        }
        Elements.read(params, high);
        Elements.read(state.remainder().orElseThrow(), low);
        double[] joined = new double[length];
        double[] v = new double[length];
        Arrays.setAll(joined, i -> ReferenceRounding.joined(high[i], low[i]));
        Elements.read(ofWhole.squareAverage(), v);
        Bits.assertHolds("params of " + precision, whole, joined);
        state.readParameters(params, values);
        Arrays.setAll(start, i -> values[i]);
        Bits.assertSame("params as they are read", joined, start);
        Bits.assertHolds("squareAverage of " + precision, state.squareAverage(), v);
        for (int i = 0; i < length; i++) { // the upper half is of use alone
          assertEquals(joined[i], high[i], Math.ulp((float) joined[i]) * 0x1p15);
        }
      }
    }
  }
}
