package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.Launch;
import dev.rootmean.spi.Kernel;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A framework's memory is stepped where it lies, wherever that is, and nothing beside it. */
@ExtendWith(EmulatedCuda.class)
class WrappedMemoryTest {
  private static final RmsProp RULE = NamedRule.MOMENTUM_CENTERED.rule();
  private static final GradientPolicy POLICY =
      GradientPolicy.NONE.withNormClip(7).withValueClip(0.3);

  /** A chunk that is measured in vectors, vectors and single elements. */
  private static final int LENGTH = Kernel.CHUNK + 7;

  /** Does all that there is to be done with parameters and gradients; everything that comes out. */
  private static List<double[]> use(OptimizerBackend backend, DeviceBuffer p, DeviceBuffer g) {
    DataType type = p.dataType();
    Elements.write(p, NumberKind.ORDINARY.take(type, LENGTH, 1));
    Elements.write(g, NumberKind.ORDINARY.take(g.dataType(), LENGTH, 2));
    List<double[]> results = new ArrayList<>();
    try (RmsPropState state = RmsPropState.allocate(backend, RULE, type, LENGTH);
        GradientDecision decision = GradientDecision.allocate(backend, POLICY, type, LENGTH);
        DeviceBuffer own = backend.allocate(type, LENGTH)) {
      backend.step(RULE, p, g, state);
      backend.measure(g, decision);
      results.add(new double[] {decision.norm()});
      backend.step(RULE, p, g, state, decision);
      own.copyFrom(p);
      results.add(read(own));
      p.add(own);
      g.slice(3, 5).zero();
      if (g.dataType() == type) {
        p.slice(1, LENGTH - 1).copyFrom(g.slice(0, LENGTH - 1));
        g.add(p);
      }
      backend.step(
          RULE, p.slice(1, LENGTH - 1), g.slice(1, LENGTH - 1), state.slice(1, LENGTH - 1));
      results.addAll(List.of(read(p), read(g), read(state.squareAverage())));
    }
    return results;
  }

  private static double[] read(DeviceBuffer buffer) {
    double[] values = new double[LENGTH];
    Elements.read(buffer, values);
    return values;
  }

  /** Where parameters and gradients begin, in bytes, and whether both do on their vectors. */
  @ParameterizedTest
  @CsvSource({
    "FLOAT32, FLOAT32, 0, 0, true",
    "FLOAT32, FLOAT32, 16, 48, true",
    "FLOAT32, FLOAT32, 4, 0, false",
    "FLOAT32, FLOAT32, 0, 4, false",
    "FLOAT32, FLOAT32, 8, 12, false",
    "FLOAT32, FLOAT32, 12, 12, false",
    "FLOAT64, FLOAT64, 0, 16, true",
    "FLOAT64, FLOAT64, 8, 0, false",
    "FLOAT64, FLOAT64, 0, 8, false",
    "FLOAT64, FLOAT64, 8, 8, false",
    "FLOAT32, BFLOAT16, 0, 0, true",
    "FLOAT32, BFLOAT16, 16, 8, true",
    "FLOAT32, BFLOAT16, 0, 2, false",
    "FLOAT32, BFLOAT16, 0, 4, false",
    "FLOAT32, BFLOAT16, 0, 6, false",
    "FLOAT32, BFLOAT16, 4, 8, false",
  })
  void theBitsAreThoseOfOwnBuffers(
      DataType type, DataType gradType, int paramsAt, int gradsAt, boolean vectors) {
    int paramsEnd = paramsAt + LENGTH * type.bytes();
    int gradsEnd = gradsAt + LENGTH * gradType.bytes();
    try (FrameworkMemory params = new FrameworkMemory(0, paramsEnd + 64);
        FrameworkMemory grads = new FrameworkMemory(0, gradsEnd + 64);
        OptimizerBackend backend = new CudaProvider().open("");
        DeviceBuffer p = backend.allocate(type, LENGTH);
        DeviceBuffer g = backend.allocate(gradType, LENGTH);
        DeviceBuffer wrappedParams = backend.wrap(params.describe(type, paramsAt, LENGTH));
        DeviceBuffer wrappedGrads = backend.wrap(grads.describe(gradType, gradsAt, LENGTH))) {
      List<double[]> expected = use(backend, p, g); // has all families tried
      int before = CudaEmulator.launches().size();
      List<double[]> found = use(backend, wrappedParams, wrappedGrads);
      for (int i = 0; i < expected.size(); i++) {
        Bits.assertSame("result " + i, expected.get(i), found.get(i));
      }
      assertGuarded(params.read(), paramsAt, type, found.get(2), paramsEnd);
      assertGuarded(grads.read(), gradsAt, gradType, found.get(3), gradsEnd);
      Launch step = CudaEmulator.launches().get(before);
      assertEquals(vectors, step.accesses16() > 0, "a step in vectors");
    }
  }

  /** What the framework reads, in place and around it. */
  private static void assertGuarded(
      ByteBuffer memory, int start, DataType type, double[] expected, int end) {
    double[] found = new double[LENGTH];
    Arrays.setAll(found, i -> type.get(memory, start + i * type.bytes()));
    Bits.assertSame("what the framework reads", expected, found);
    for (int i = 0; i < memory.capacity(); i++) {
      if (i < start || i >= end) {
        assertEquals(FrameworkMemory.FILL, memory.get(i), "byte " + i);
      }
    }
  }
}
