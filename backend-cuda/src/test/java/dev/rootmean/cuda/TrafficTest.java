package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.Launch;
import dev.rootmean.spi.Kernel;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a step moves and calls: its buffers once, in full sectors, by one launch. */
@ExtendWith(EmulatedCuda.class)
class TrafficTest {
  private static final int SECTOR_BYTES = 32;
  private static final int VECTOR_BYTES = 16;

  /** The types of parameters and of gradients, and the rules. */
  static Stream<Arguments> forms() {
    return Stream.of(DataType.values())
        .flatMap(
            gradType ->
                NamedRule.VARIANTS.stream()
                    .map(name -> Arguments.of(gradType.compute(), gradType, name)));
  }

  /**
   * What a launch did.
   *
   * @param rounding its instructions that round, each counted once for every thread
   */
  private record Done(Launch launch, long rounding) {}

  /** Steps a slice of each buffer, whose kernel has been tried before. */
  private static Done step(DataType type, DataType gradType, RmsProp rule, int length, int at) {
    try (OptimizerBackend backend = new CudaProvider().open("");
        DeviceBuffer params = backend.allocate(type, at + length);
        DeviceBuffer grads = backend.allocate(gradType, at + length);
        RmsPropState state = RmsPropState.allocate(backend, rule, type, at + length)) {
      DeviceBuffer p = params.slice(at, length);
      DeviceBuffer g = grads.slice(at, length);
      RmsPropState s = state.slice(at, length);
      backend.step(rule, p, g, s);
      backend.synchronize();
      int before = CudaEmulator.launches().size();
      long roundingBefore = rounding();
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

  /** Parameters, gradients and accumulators. */
  private static long rows(RmsProp rule) {
    return 3L + (rule.hasMomentum() ? 1 : 0) + (rule.centered() ? 1 : 0);
  }

  @ParameterizedTest
  @MethodSource("forms")
  void eachBufferMovesOnceAndInFullSectors(DataType type, DataType gradType, NamedRule name) {
    int length = 40_000;
    RmsProp rule = name.rule();
    Done done = step(type, gradType, rule, length, 0);
    Launch launch = done.launch;
    long stored = (long) length * type.bytes() * (rows(rule) - 1);
    assertEquals(
        stored + (long) length * gradType.bytes(), launch.bytesLoaded(), "every row is read");
    assertEquals(stored, launch.bytesStored(), "all but the gradients written");
    assertEquals(launch.bytesLoaded(), SECTOR_BYTES * launch.sectorsLoaded());
    assertEquals(launch.bytesStored(), SECTOR_BYTES * launch.sectorsStored());

    double bytes = (double) (launch.bytesLoaded() + launch.bytesStored()) / length;
    int ofFloats =
        switch ((int) rows(rule)) {
          case 3 -> 20;
          case 4 -> 28;
          default -> 36;
        };
    int expected =
        switch (gradType) {
          case FLOAT32 -> ofFloats;
          case FLOAT64 -> 2 * ofFloats;
          case BFLOAT16 -> ofFloats - 2;
        };
    assertEquals(expected, bytes, "bytes an element");

    // Centered: two products, a sum and a difference; the weighed gradient is v's too.
    int operations = 15 + (rule.hasMomentum() ? 6 : 0) + (rule.centered() ? 4 : 0);
    assertEquals((long) length * operations, done.rounding, "operations of the formula");
    System.out.printf(
        Locale.ROOT,
        "%s %s %-17s %.1f bytes and %.2f instructions an element, %d of them the formula's%n",
        type,
        gradType,
        name,
        bytes,
        (double) launch.threadInstructions() / length,
        operations);
  }

  /**
   * Whole vectors move 16 bytes of the type that is computed in at a time, what is left over and
   * what is not aligned an element.
   */
  @ParameterizedTest
  @MethodSource("forms")
  void vectorsAreMovedAsSuch(DataType type, DataType gradType, NamedRule name) {
    int width = VECTOR_BYTES / type.bytes();
    int vectors = 1000;
    int length = vectors * width + width - 1;
    long moves = 2 * rows(name.rule()) - 1;
    Launch aligned = step(type, gradType, name.rule(), length, width).launch;
    Map<Integer, Long> expected = new TreeMap<>();
    add(expected, width * type.bytes(), (moves - 1) * vectors);
    add(expected, width * gradType.bytes(), vectors);
    add(expected, type.bytes(), (moves - 1) * (width - 1));
    add(expected, gradType.bytes(), width - 1);
    assertEquals(expected, accesses(aligned));
    EmulatedCuda.start(0);
    Launch odd = step(type, gradType, name.rule(), length, 1).launch;
    expected.clear();
    add(expected, type.bytes(), (moves - 1) * length);
    add(expected, gradType.bytes(), length);
    assertEquals(expected, accesses(odd));
  }

  /** So are whole chunks of gradients that are measured. */
  @ParameterizedTest
  @EnumSource
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
