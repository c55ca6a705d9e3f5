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
import dev.rootmean.kernels.Variant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

  static Stream<Arguments> forms() {
    return Stream.of(DataType.values())
        .flatMap(type -> NamedRule.VARIANTS.stream().map(name -> Arguments.of(type, name)));
  }

  /** Steps a slice of each buffer once; what the launch did. */
  private static Launch step(DataType type, RmsProp rule, int length, int at) {
    try (OptimizerBackend backend = new CudaProvider().open("");
        DeviceBuffer params = backend.allocate(type, at + length);
        DeviceBuffer grads = backend.allocate(type, at + length);
        RmsPropState state = RmsPropState.allocate(backend, rule, type, at + length)) {
      DeviceBuffer p = params.slice(at, length);
      DeviceBuffer g = grads.slice(at, length);
      backend.step(rule, p, g, state.slice(at, length));
      backend.synchronize();
      assertEquals(1, CudaEmulator.launches().size(), "launches of a step");
      return CudaEmulator.launches().get(0);
    }
  }

  private static Variant variant(RmsProp rule) {
    return Variant.of(rule.hasMomentum(), rule.centered());
  }

  @ParameterizedTest
  @MethodSource("forms")
  void eachBufferMovesOnceAndInFullSectors(DataType type, NamedRule name) {
    int length = 40_000;
    Variant variant = variant(name.rule());
    Launch launch = step(type, name.rule(), length, 0);
    long all = (long) length * type.bytes();
    assertEquals(all * variant.rows(), launch.bytesLoaded(), "every row is read");
    assertEquals(all * (variant.rows() - 1), launch.bytesStored(), "all but the gradients written");
    assertEquals(launch.bytesLoaded(), SECTOR_BYTES * launch.sectorsLoaded());
    assertEquals(launch.bytesStored(), SECTOR_BYTES * launch.sectorsStored());

    double bytes = (double) (launch.bytesLoaded() + launch.bytesStored()) / length;
    int ofFloats =
        switch (variant) {
          case PLAIN -> 20;
          case MOMENTUM, CENTERED -> 28;
          case MOMENTUM_CENTERED -> 36;
        };
    assertEquals(type == DataType.FLOAT32 ? ofFloats : 2 * ofFloats, bytes, "bytes an element");

    // Centered: two products, a sum and a difference; the weighed gradient is v's too.
    int operations = 15 + (variant.momentum() ? 6 : 0) + (variant.centered() ? 4 : 0);
    long rounding =
        CudaEmulator.coverage().stream()
            .filter(line -> line.text().contains(".rn."))
            .mapToLong(CudaEmulator.PtxLine::executions)
            .sum();
    assertEquals((long) length * operations, rounding, "operations of the formula");
    System.out.printf(
        Locale.ROOT,
        "%s %-17s %.1f bytes and %.2f instructions an element, %d of them the formula's%n",
        type,
        variant,
        bytes,
        (double) launch.threadInstructions() / length,
        operations);
  }

  /**
   * Whole vectors move 16 bytes at a time, what is left over and what is not aligned an element.
   */
  @ParameterizedTest
  @MethodSource("forms")
  void vectorsAreMovedAsSuch(DataType type, NamedRule name) {
    int width = VECTOR_BYTES / type.bytes();
    int vectors = 1000;
    int length = vectors * width + width - 1;
    int moves = 2 * variant(name.rule()).rows() - 1;
    Launch aligned = step(type, name.rule(), length, width);
    assertEquals((long) moves * vectors, aligned.accesses16());
    assertEquals((long) moves * (width - 1), elements(aligned, type));
    EmulatedCuda.start(0);
    Launch odd = step(type, name.rule(), length, 1);
    assertEquals(0, odd.accesses16());
    assertEquals((long) moves * length, elements(odd, type));
  }

  /** So are whole chunks of gradients that are measured. */
  @ParameterizedTest
  @EnumSource
  void chunksAreMeasuredInVectors(DataType type) {
    int width = VECTOR_BYTES / type.bytes();
    int more = width + 1;
    int length = 2 * GradientDecision.CHUNK + more;
    for (int at : new int[] {width, 1}) {
      EmulatedCuda.start(0);
      try (OptimizerBackend backend = new CudaProvider().open("");
          DeviceBuffer grads = backend.allocate(type, at + length);
          GradientDecision decision =
              GradientDecision.allocate(backend, GradientPolicy.NONE, type, length)) {
        backend.measure(grads.slice(at, length), decision);
        backend.synchronize();
      }
      Launch sum = CudaEmulator.launches().get(0);
      boolean aligned = at == width;
      assertEquals(aligned ? 2 * GradientDecision.CHUNK / width : 0, sum.accesses16());
      int sums = 3;
      assertEquals((aligned ? more : length) + sums, elements(sum, type));
    }
  }

  private static long elements(Launch launch, DataType type) {
    assertEquals(0, type == DataType.FLOAT32 ? launch.accesses8() : launch.accesses4());
    return type == DataType.FLOAT32 ? launch.accesses4() : launch.accesses8();
  }

  private static Map<String, Long> launches(long count) {
    return Map.of("cuCtxPushCurrent", 1L, "cuLaunchKernel", count, "cuCtxPopCurrent", 1L);
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
      for (int at : new int[] {0, 1}) {
        DeviceBuffer p = params.slice(at, length);
        DeviceBuffer g = grads.slice(at, length);
        RmsPropState s = state.slice(at, length);
        assertEquals(one, DriverCalls.during(() -> backend.step(rule, p, g, s)));
        assertEquals(two, DriverCalls.during(() -> backend.measure(g, decision)));
        assertEquals(one, DriverCalls.during(() -> backend.step(rule, p, g, s, decision)));
      }
      assertEquals(List.of(), CudaEmulator.launches(), "nothing has run yet");
      backend.synchronize();
      assertEquals(8, CudaEmulator.launches().size());
    }
  }
}
