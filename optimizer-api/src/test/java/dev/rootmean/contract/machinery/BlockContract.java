package dev.rootmean.contract.machinery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.machinery.BlockTrial.Place;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A step whose accumulators are in blocks of 8 bits gives the reference's bits in all of them. */
public interface BlockContract extends BackendUnderTest {
  /** They straddle vectors, blocks, stages and pages. */
  List<Integer> LENGTHS =
      List.of(1, 3, 255, 1_023, 1_024, 1_025, 2_048, 4_101, 16_384, 17_409, 40_003);

  /** All rows on vectors, parameters or gradients not, and each at another place. */
  List<Place> PLACES =
      List.of(new Place(0, 0, 0), new Place(1, 1, 0), new Place(4, 8, 3), new Place(1_023, 2, 16));

  /** For the kernels that follow a decision: it skips steps that are not finite. */
  GradientPolicy BLOCK_POLICY =
      GradientPolicy.NONE
          .withNormClip(3, 0.5)
          .withValueClip(0.4)
          .withNonFinite(GradientPolicy.NonFinite.SKIP_STEP);

  /** Random bits: of parameters, gradients, codes and bases. */
  @ParameterizedTest
  @MethodSource("dev.rootmean.contract.machinery.PrecisionContract#variants")
  default void rowsInBlocks(NamedRule rule) {
    for (int p = 0; p < blockPrecisions().size(); p++) {
      for (int i = 0; i < LENGTHS.size(); i++) {
        Place place = PLACES.get((i + p + PrecisionContract.RULES.indexOf(rule)) % PLACES.size());
        try (BlockTrial trial =
            new BlockTrial(backend(), blockPrecisions().get(p), rule, LENGTHS.get(i), place)) {
          if ((i / 2 + p) % 2 == 0) {
            trial.policy(BLOCK_POLICY);
          }
          trial.steps(1, NumberKind.ORDINARY).check().steps(2, NumberKind.ORDINARY).check();
          trial.scramble(NumberKind.BITS).steps(1, NumberKind.ORDINARY).check();
          trial.steps(1, NumberKind.BITS).steps(1, NumberKind.ORDINARY).check();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.rootmean.contract.machinery.PrecisionContract#variants")
  default void tensorsInBlocksAreSteppedTogether(NamedRule rule) {
    int[] lengths = {5_001, 3, 1_024, 1_025, 4_096};
    for (Precision precision : blockPrecisions()) {
      List<BlockTrial> trials = new ArrayList<>();
      try {
        for (int i = 0; i < lengths.length; i++) {
          Place place = PLACES.get(i % PLACES.size());
          trials.add(new BlockTrial(backend(), precision, rule, lengths[i], place));
          trials.get(i).scramble(NumberKind.ORDINARY);
        }
        if ((blockPrecisions().indexOf(precision) + PrecisionContract.RULES.indexOf(rule)) % 2
            == 0) {
          trials.get(0).policy(BLOCK_POLICY);
        }
        for (NumberKind kind : List.of(NumberKind.ORDINARY, NumberKind.BITS, NumberKind.ORDINARY)) {
          BlockTrial.stepTogether(trials, kind);
        }
        trials.forEach(BlockTrial::check);
      } finally {
        trials.forEach(BlockTrial::close);
      }
    }
  }

  /** By the same random bits, those of an element's place. */
  @Test
  default void aTensorInBlocksCanBeSteppedPartByPart() {
    NamedRule rule = NamedRule.NESTEROV_CENTERED_MAXIMIZE;
    int[] ends = {1_024, 3_072, 16_384, 17_408, 19_003};
    for (Precision precision : blockPrecisions()) {
      try (BlockTrial trial =
          new BlockTrial(backend(), precision, rule, 19_003, new Place(3, 4, 1))) {
        trial.scramble(NumberKind.ORDINARY);
        double[] g = NumberKind.ORDINARY.take(precision.gradients(), 19_003, 2);
        trial.grads().write(g);
        trial.state().attempt(7L << 32); // the trial's first
        int start = 0;
        for (int end : ends) {
          int part = end - start;
          backend()
              .step(
                  trial.rule(),
                  trial.params().part().slice(start, part),
                  trial.grads().part().slice(start, part),
                  trial.state().slice(start, part));
          start = end;
        }
        trial.reference(g);
        trial.check();
      }
    }
  }

  /** What is not finite stays where it is, and a block of zeros stays one. */
  @Test
  default void anInfinityTouchesNoNeighbour() {
    RmsProp rule = RmsProp.builder().momentum(0.5).centered(true).build();
    int length = 3_000;
    for (Precision precision : blockPrecisions()) {
      int[][] with = new int[6][];
      int[][] without = new int[6][];
      for (boolean isFinite : new boolean[] {true, false}) {
        try (DeviceBuffer params = backend().allocate(precision.parameters(), length);
            DeviceBuffer grads = backend().allocate(precision.gradients(), length);
            RmsPropState state = RmsPropState.allocate(backend(), rule, precision, 0, length)) {
          double[] g = NumberKind.ORDINARY.take(precision.gradients(), length, 5);
          Arrays.fill(g, 1_024, 2_048, 0);
          if (!isFinite) {
            g[7] = Double.NaN;
            g[500] = Double.POSITIVE_INFINITY;
            g[2_999] = Double.NEGATIVE_INFINITY;
          }
          Elements.write(grads, g);
          backend().step(rule, params, grads, state);
          int[][] found = isFinite ? without : with;
          List<DeviceBuffer> rows =
              List.of(
                  state.squareAverage(),
                  state.momentum().orElseThrow(),
                  state.gradientAverage().orElseThrow());
          for (int i = 0; i < rows.size(); i++) {
            found[2 * i] = KeptBlocks.codes(rows.get(i));
            found[2 * i + 1] = KeptBlocks.bases(rows.get(i));
          }
        }
      }
      for (int i = 0; i < 6; i += 2) {
        int infinite = i == 0 ? 255 : 127;
        assertEquals(infinite, with[i][7], "a NaN, without its sign");
        assertTrue(with[i][500] % 128 == 127 && with[i][2_999] % 128 == 127, "infinities");
        for (int at : new int[] {7, 500, 2_999}) {
          with[i][at] = without[i][at];
        }
        assertArrayEquals(without[i], with[i], "codes of row " + i / 2 + " of " + precision);
        assertArrayEquals(without[i + 1], with[i + 1], "bases of row " + i / 2);
        assertEquals(0, with[i + 1][1], "the base of zeros");
        assertArrayEquals(new int[1_024], Arrays.copyOfRange(with[i], 1_024, 2_048), "zeros");
      }
    }
  }

  /** Beside a far larger number: else the next step would divide by nothing. */
  @Test
  default void aSmallSquareAverageBecomesTheLeastCode() {
    for (Precision precision : blockPrecisions()) {
      try (DeviceBuffer params = backend().allocate(precision.parameters(), 5);
          DeviceBuffer grads = backend().allocate(precision.gradients(), 5);
          RmsPropState state =
              RmsPropState.allocate(backend(), RmsProp.builder().build(), precision, 0, 5)) {
        Elements.write(grads, new double[] {1e15, 1e-10, 0, -1e-15, 1});
        backend().step(RmsProp.builder().build(), params, grads, state);
        int[] codes = KeptBlocks.codes(state.squareAverage());
        assertTrue(codes[0] >= 253, "the largest");
        assertArrayEquals(new int[] {1, 0, 1, 1}, Arrays.copyOfRange(codes, 1, 5));
      }
    }
  }

  /**
   * After 10/(1 - decay) steps of a tenth of the gradient the square average has fallen to a
   * hundredth; one element keeps its gradient, and with it the block its base. To nearest none
   * would fall, as a step changes it by less than half of its last bit. One that comes to rest
   * deviates as {@link RoundingContract#aLongDecayShows} has it: neighbours differ by 2^-10 there.
   */
  @Test
  default void aLongDecayShowsInBlocks() {
    int elements = 64;
    RmsProp rule = RmsProp.builder().decay(0.999).initialSquareAverage(1).build();
    double[] gradients = new double[elements];
    Arrays.fill(gradients, 0.1);
    gradients[9] = 1;
    for (Precision precision : blockPrecisions()) {
      double g = precision.gradients().round(0.1);
      double exact = 1;
      float[] v = new float[elements];
      try (DeviceBuffer params = backend().allocate(precision.parameters(), elements);
          DeviceBuffer grads = backend().allocate(precision.gradients(), elements);
          RmsPropState state = RmsPropState.allocate(backend(), rule, precision, 0, elements)) {
        Elements.write(grads, gradients);
        for (int step = 0; step < 10_000; step++) {
          state.attempt(step);
          backend().step(rule, params, grads, state);
          exact = 0.999 * exact + 0.001 * g * g;
        }
        state.squareAverage().read(v);
      }
      double sum = 0;
      for (float x : v) {
        sum += x;
      }
      double mean = (sum - v[9]) / (elements - 1);
      double bar = RoundingContract.SIGMAS * 0x1p-11 / Math.sqrt(elements - 1);
      assertEquals(exact, mean, bar, "v in " + precision);
    }
  }

  /** Of 20,000 elements each is 0.3 of the way below what has a code: so many go down. */
  @Test
  default void roundingInBlocksChangesNothingOnAverageAndTheSeedDecides() {
    int elements = RoundingContract.ELEMENTS;
    double share = RoundingContract.SHARE;
    double unit = 0x1p-4; // of what is below 1
    RmsProp rule = RmsProp.builder().decay(1 - share * unit).build();
    float[] ones = new float[elements];
    Arrays.fill(ones, 1);
    double deviation = Math.sqrt(elements * share * (1 - share));
    for (Precision precision : blockPrecisions()) {
      List<float[]> found = new ArrayList<>();
      for (long seed : new long[] {1, 1, 2, 1L << 32}) {
        try (DeviceBuffer params = backend().allocate(precision.parameters(), elements);
            DeviceBuffer grads = backend().allocate(precision.gradients(), elements);
            RmsPropState state =
                RmsPropState.allocate(backend(), rule, precision.withSeed(seed), 0, elements)) {
          state.squareAverage().write(ones);
          backend().step(rule, params, grads, state);
          float[] v = new float[elements];
          state.squareAverage().read(v);
          found.add(v);
        }
      }
      for (float[] v : found) {
        int down = 0;
        for (float x : v) {
          assertTrue(x == 1 || x == 1 - (float) unit, "1 became " + x);
          down += x < 1 ? 1 : 0;
        }
        assertEquals(elements * share, down, RoundingContract.SIGMAS * deviation);
      }
      assertArrayEquals(found.get(0), found.get(1), "the same seed again");
      assertFalse(Arrays.equals(found.get(0), found.get(2)), "another seed");
      assertFalse(Arrays.equals(found.get(0), found.get(3)), "another upper word");
    }
  }

  @Test
  default void stepsInBlocksAllocateNothing() {
    for (Precision precision : blockPrecisions()) {
      NamedRule rule = NamedRule.MOMENTUM_CENTERED;
      try (BlockTrial trial =
          new BlockTrial(backend(), precision, rule, 1_100, new Place(1, 2, 3))) {
        trial.policy(GradientPolicy.NONE.withNormClip(1));
        DeviceBuffer params = trial.params().part();
        DeviceBuffer grads = trial.grads().part();
        long least =
            JavaHeap.least(
                20,
                50,
                i -> {
                  trial.state().attempt(trial.state().attempt() + 1);
                  backend().step(trial.rule(), params, grads, trial.state());
                  trial.state().attempt(trial.state().attempt() + 1);
                  backend().step(trial.rule(), params, grads, trial.state(), trial.decision());
                },
                backend()::synchronize);
        assertEquals(0, least, "bytes on the Java heap for 100 steps of " + precision);
      }
    }
  }
}
