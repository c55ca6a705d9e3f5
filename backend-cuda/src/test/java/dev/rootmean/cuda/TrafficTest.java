package dev.rootmean.cuda;

import static dev.rootmean.DataType.BFLOAT16;
import static dev.rootmean.DataType.BLOCK8;
import static dev.rootmean.DataType.FLOAT16;
import static dev.rootmean.DataType.FLOAT32;
import static dev.rootmean.DataType.INT16;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.Precisions;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.Launch;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernels;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a step moves and calls: its buffers once, in full sectors, by one launch. */
@ExtendWith(EmulatedCuda.class)
class TrafficTest {
  private static final int SECTOR_BYTES = 32;
  private static final int VECTOR_BYTES = 16;

  /** Bytes that an element moves in a plain step, as docs/precision.md has them. */
  private static final Map<Precision, Integer> PLAIN =
      Map.ofEntries(
          Map.entry(Precision.FLOAT64, 40),
          Map.entry(Precision.FLOAT32, 20),
          Map.entry(Precision.FLOAT32.withGradients(BFLOAT16), 18),
          Map.entry(Precision.FLOAT32.withGradients(FLOAT16), 18),
          Map.entry(Precision.FLOAT32.withAccumulators(BFLOAT16), 16),
          Map.entry(Precision.BFLOAT16_WITH_REMAINDER, 18),
          Map.entry(Precision.BFLOAT16_WITH_REMAINDER.withGradients(FLOAT32), 20),
          Map.entry(Precision.BFLOAT16, 14),
          Map.entry(Precision.BFLOAT16.withGradients(FLOAT32), 16),
          Map.entry(Precision.BFLOAT16.withAccumulators(BFLOAT16), 10),
          Map.entry(Precision.of(BFLOAT16), 10),
          Map.entry(Precision.FLOAT16, 14),
          Map.entry(Precision.FLOAT16.withGradients(FLOAT32), 16),
          Map.entry(Precision.of(FLOAT16), 10),
          Map.entry(Precision.FLOAT32.withAccumulators(BLOCK8), 14),
          Map.entry(Precision.BFLOAT16.withAccumulators(BLOCK8), 8),
          Map.entry(Precision.BFLOAT16.withGradients(FLOAT32).withAccumulators(BLOCK8), 10));

  /** The precisions and the rules, but for blocks. */
  static Stream<Arguments> forms() {
    return forms(false);
  }

  static Stream<Arguments> formsInBlocks() {
    return forms(true);
  }

  private static Stream<Arguments> forms(boolean inBlocks) {
    return PLAIN.keySet().stream()
        .filter(precision -> precision.accumulators().isInBlocks() == inBlocks)
        .sorted(Comparator.comparing(Precision::toString))
        .flatMap(
            precision -> NamedRule.VARIANTS.stream().map(name -> Arguments.of(precision, name)));
  }

  @Test
  void thereAreFormsOfEachPrecision() {
    Set<Precision> all =
        Kernels.families().stream()
            .flatMap(family -> Kernels.stepsOf(family).stream())
            .map(step -> Precisions.of(step).withSeed(0))
            .collect(Collectors.toSet());
    assertEquals(all, PLAIN.keySet());
  }

  /**
   * What a launch did.
   *
   * @param rounding its instructions that round, each counted once for every thread
   */
  private record Done(Launch launch, long rounding) {}

  /** Steps a slice of each buffer, whose kernel has been tried before. */
  private static Done step(Precision precision, RmsProp rule, int length, int at) {
    try (OptimizerBackend backend = new CudaProvider().open("");
        DeviceBuffer params = backend.allocate(precision.parameters(), at + length);
        DeviceBuffer grads = backend.allocate(precision.gradients(), at + length);
        RmsPropState state = RmsPropState.allocate(backend, rule, precision, 0, at + length)) {
      DeviceBuffer p = params.slice(at, length);
      DeviceBuffer g = grads.slice(at, length);
      RmsPropState s = state.slice(at, length);
      backend.step(rule, p, g, s);
      backend.synchronize();
      int before = CudaEmulator.launches().size();
      long roundingBefore = rounding();
      s.attempt(1);
      backend.step(rule, p, g, s);
      backend.synchronize();
      assertEquals(before + 1, CudaEmulator.launches().size(), "launches of a step");
      return new Done(CudaEmulator.launches().get(before), rounding() - roundingBefore);
    }
  }

  private static long rounding() {
    return CudaEmulator.coverage().stream()
        .filter(line -> line.text().contains(".rn."))
        .mapToLong(CudaEmulator.PtxLine::executions)
        .sum();
  }

  /** Of each row that a step writes its type: parameters and accumulators, then the remainder. */
  private static List<DataType> written(Precision precision, RmsProp rule) {
    List<DataType> types = new ArrayList<>();
    types.add(precision.parameters());
    types.addAll(Collections.nCopies(accumulators(rule), precision.accumulators()));
    if (precision.remainder()) {
      types.add(INT16);
    }
    return types;
  }

  private static int accumulators(RmsProp rule) {
    return 1 + (rule.hasMomentum() ? 1 : 0) + (rule.centered() ? 1 : 0);
  }

  @ParameterizedTest
  @MethodSource("forms")
  void eachBufferMovesOnceAndInFullSectors(Precision precision, NamedRule name) {
    int length = 40_000;
    RmsProp rule = name.rule();
    Done done = step(precision, rule, length, 0);
    Launch launch = done.launch;
    List<DataType> written = written(precision, rule);
    long stored = (long) length * written.stream().mapToInt(DataType::bytes).sum();
    assertEquals(
        stored + (long) length * precision.gradients().bytes(),
        launch.bytesLoaded(),
        "every row is read");
    assertEquals(stored, launch.bytesStored(), "all but the gradients written");
    assertEquals(launch.bytesLoaded(), SECTOR_BYTES * launch.sectorsLoaded());
    assertEquals(launch.bytesStored(), SECTOR_BYTES * launch.sectorsStored());

    double bytes = (double) (launch.bytesLoaded() + launch.bytesStored()) / length;
    int more = 2 * precision.accumulators().bytes() * (accumulators(rule) - 1);
    assertEquals(PLAIN.get(precision) + more, bytes, "bytes an element");

    // Centered: two products, a sum and a difference; the weighed gradient is v's too. A FLOAT16
    // is rounded by one, with random bits or without.
    int formula = 15 + (rule.hasMomentum() ? 6 : 0) + (rule.centered() ? 4 : 0);
    int operations = formula + Collections.frequency(written, FLOAT16);
    assertEquals((long) length * operations, done.rounding, "operations that round");
    System.out.printf(
        Locale.ROOT,
        "%s %-17s %.1f bytes and %.2f instructions an element, %d of them the formula's%n",
        precision,
        name,
        bytes,
        (double) launch.threadInstructions() / length,
        formula);
  }

  /**
   * Whole vectors move 16 bytes of the type that is computed in at a time, and as many elements of
   * another one, what is left over and what is not aligned an element.
   */
  @ParameterizedTest
  @MethodSource("forms")
  void vectorsAreMovedAsSuch(Precision precision, NamedRule name) {
    int width = VECTOR_BYTES / precision.parameters().compute().bytes();
    int vectors = 1000;
    int length = vectors * width + width - 1;
    Launch aligned = step(precision, name.rule(), length, width).launch;
    EmulatedCuda.start(0);
    Launch odd = step(precision, name.rule(), length, 1).launch;
    Map<Integer, Long> ofAligned = new TreeMap<>();
    Map<Integer, Long> ofOdd = new TreeMap<>();
    List<DataType> moved = new ArrayList<>(List.of(precision.gradients()));
    moved.addAll(written(precision, name.rule()));
    moved.addAll(written(precision, name.rule()));
    for (DataType type : moved) {
      add(ofAligned, width * type.bytes(), vectors);
      add(ofAligned, type.bytes(), width - 1);
      add(ofOdd, type.bytes(), length);
    }
    assertEquals(ofAligned, accesses(aligned));
    assertEquals(ofOdd, accesses(odd));
  }

  /**
   * Beside the elements each work-item reads the bases of its block, of which a warp has one
   * sector, and one writes them.
   */
  @ParameterizedTest
  @MethodSource("formsInBlocks")
  void eachBlockMovesOnceAndInFullSectors(Precision precision, NamedRule name) {
    int blocks = 40;
    int length = blocks * 1_024;
    RmsProp rule = name.rule();
    Launch launch = step(precision, rule, length, 0).launch;
    int kept = accumulators(rule);
    long stored = (long) length * (precision.parameters().bytes() + kept);
    long loaded = stored + (long) length * precision.gradients().bytes();
    long bases = (long) blocks * kept;
    assertEquals(loaded + 4 * 256 * bases, launch.bytesLoaded());
    assertEquals(stored + 4 * bases, launch.bytesStored());
    assertEquals(loaded / SECTOR_BYTES + 8 * bases, launch.sectorsLoaded());
    assertEquals(stored / SECTOR_BYTES + bases, launch.sectorsStored());
    double bytes = (double) (loaded + stored) / length;
    assertEquals(PLAIN.get(precision) + 2 * (kept - 1), bytes, "bytes an element");
    System.out.printf(
        Locale.ROOT,
        "%s %-17s %.1f bytes and %.2f instructions an element%n",
        precision,
        name,
        bytes,
        (double) launch.threadInstructions() / length);
  }

  /** Codes always are, four at a time; parameters and gradients where both begin on vectors. */
  @ParameterizedTest
  @MethodSource("formsInBlocks")
  void fourOfABlockAreMovedAsSuch(Precision precision, NamedRule name) {
    int vectors = 1_000;
    int length = 4 * vectors + 3;
    Launch aligned = stepOfBlocks(precision, name.rule(), length, 4);
    EmulatedCuda.start(0);
    Launch odd = stepOfBlocks(precision, name.rule(), length, 1);
    long kept = accumulators(name.rule());
    Map<Integer, Long> ofAligned = new TreeMap<>();
    Map<Integer, Long> ofOdd = new TreeMap<>();
    for (Map<Integer, Long> both : List.of(ofAligned, ofOdd)) {
      add(both, 4, kept * (2 * (vectors + 1) + 4 * 256 + 4)); // codes; bases
    }
    for (DataType type :
        List.of(precision.parameters(), precision.parameters(), precision.gradients())) {
      add(ofAligned, 4 * type.bytes(), vectors);
      add(ofAligned, type.bytes(), 3);
      add(ofOdd, type.bytes(), length);
    }
    assertEquals(ofAligned, accesses(aligned));
    assertEquals(ofOdd, accesses(odd));
  }

  private static Launch stepOfBlocks(Precision precision, RmsProp rule, int length, int at) {
    try (OptimizerBackend backend = new CudaProvider().open("");
        DeviceBuffer params = backend.allocate(precision.parameters(), at + length);
        DeviceBuffer grads = backend.allocate(precision.gradients(), at + length);
        RmsPropState state = RmsPropState.allocate(backend, rule, precision, 0, length)) {
      backend.step(rule, params.slice(at, length), grads.slice(at, length), state);
      backend.synchronize();
      return CudaEmulator.launches().get(CudaEmulator.launches().size() - 1);
    }
  }

  /** So are whole chunks of gradients that are measured. */
  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_ALL, names = ".*FLOAT.*")
  void chunksAreMeasuredInVectors(DataType gradType) {
    int width = VECTOR_BYTES / gradType.compute().bytes();
    int more = width + 1;
    int length = 2 * Kernel.CHUNK + more;
    for (int at : new int[] {width, 1}) {
      EmulatedCuda.start(0);
      Launch sum;
      try (OptimizerBackend backend = new CudaProvider().open("");
          DeviceBuffer grads = backend.allocate(gradType, at + length);
          GradientDecision decision =
              GradientDecision.allocate(backend, GradientPolicy.NONE, gradType, length)) {
        backend.measure(grads.slice(at, length), decision);
        backend.synchronize();
        sum = CudaEmulator.launches().get(CudaEmulator.launches().size() - 2); // then it decides
      }
      boolean aligned = at == width;
      Map<Integer, Long> expected = new TreeMap<>();
      add(expected, width * gradType.bytes(), aligned ? 2 * Kernel.CHUNK / width : 0);
      add(expected, gradType.bytes(), aligned ? more : length);
      add(expected, gradType.compute().bytes(), 3); // the sums
      assertEquals(expected, accesses(sum));
    }
  }

  private static void add(Map<Integer, Long> accesses, int bytes, long count) {
    accesses.merge(bytes, count, Long::sum);
    accesses.values().removeIf(sum -> sum == 0);
  }

  /** How many accesses of how many bytes a launch made. */
  private static Map<Integer, Long> accesses(Launch launch) {
    Map<Integer, Long> accesses = new TreeMap<>();
    add(accesses, 1, launch.accesses1());
    add(accesses, 2, launch.accesses2());
    add(accesses, 4, launch.accesses4());
    add(accesses, 8, launch.accesses8());
    add(accesses, 16, launch.accesses16());
    return accesses;
  }

  private static Map<String, Long> launches(long count) {
    return Map.of("cuCtxPushCurrent", count, "cuLaunchKernel", count, "cuCtxPopCurrent", count);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1000, 300_001})
  void aStepIsOneLaunchAndCallsNothingElse(int length) {
    Map<String, Long> one = launches(1);
    Map<String, Long> two = launches(2);
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(1);
    RmsProp rule = NamedRule.MOMENTUM_CENTERED.rule();
    int more = length + 1;
    try (OptimizerBackend backend = new CudaProvider().open("");
        DeviceBuffer params = backend.allocate(DataType.FLOAT32, more);
        DeviceBuffer grads = backend.allocate(DataType.FLOAT32, more);
        RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, more);
        GradientDecision decision =
            GradientDecision.allocate(backend, policy, DataType.FLOAT32, more)) {
      backend.step(rule, params, grads, state); // has its family compiled,
      backend.measure(grads, decision); // and so does this
      backend.step(rule, params, grads, state, decision);
      backend.synchronize();
      int before = CudaEmulator.launches().size();
      for (int at : new int[] {0, 1}) {
        DeviceBuffer p = params.slice(at, length);
        DeviceBuffer g = grads.slice(at, length);
        RmsPropState s = state.slice(at, length);
        assertEquals(one, DriverCalls.during(() -> backend.step(rule, p, g, s)));
        assertEquals(two, DriverCalls.during(() -> backend.measure(g, decision)));
        assertEquals(one, DriverCalls.during(() -> backend.step(rule, p, g, s, decision)));
      }
      assertEquals(before, CudaEmulator.launches().size(), "nothing has run yet");
      backend.synchronize();
      assertEquals(before + 8, CudaEmulator.launches().size());
    }
  }
}
