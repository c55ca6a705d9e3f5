package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.GradientPolicy.NonFinite;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.ReferenceStep;
import dev.rootmean.contract.ScalarDevice;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What an optimizer makes of a precision: which place and which attempt decide on the random bits.
 * Each tensor is also stepped alone, as the contract knows a step.
 */
class OptimizerPrecisionTest {
  private static final Precision RANDOM =
      Precision.BFLOAT16.withAccumulators(DataType.BFLOAT16).withSeed(9);

  private final CountingDevice device = new CountingDevice();
  private final OptimizerBackend backend = ScalarDevice.open(device);

  @AfterEach
  void nothingIsLeft() {
    assertEquals(0, device.held, "buffers that are not freed");
    backend.close();
  }

  static Stream<Precision> precisions() {
    return Stream.of(RANDOM, Precision.BFLOAT16_WITH_REMAINDER);
  }

  /** A tensor of an optimizer, stepped by the backend alone. */
  private final class Alone implements AutoCloseable {
    private final Optimizer optimizer;
    private final String name;
    private final RmsProp rule;
    private final DeviceBuffer parameters;
    private final DeviceBuffer gradients;
    private final RmsPropState state;

    Alone(Optimizer optimizer, String name) {
      this.optimizer = optimizer;
      this.name = name;
      Precision precision = optimizer.precision();
      rule = optimizer.rule(optimizer.group(name));
      long length = optimizer.parameter(name).length();
      parameters = backend.allocate(precision.parameters(), length);
      gradients = backend.allocate(precision.gradients(), length);
      state = RmsPropState.allocate(backend, rule, precision, optimizer.offset(name), length);
    }

    /** By the gradient that the optimizer has now. */
    void step(long attempt) {
      gradients.copyFrom(optimizer.gradient(name));
      state.attempt(attempt);
      backend.step(rule, parameters, gradients, state);
    }

    void assertSame() {
      assertHolds(parameters, optimizer.parameter(name));
      assertHolds(state.squareAverage(), optimizer.state(name).squareAverage());
      state
          .remainder()
          .ifPresent(r -> assertHolds(r, optimizer.state(name).remainder().orElseThrow()));
    }

    private void assertHolds(DeviceBuffer expected, DeviceBuffer found) {
      Bits.assertHolds(name, found, values(expected));
    }

    @Override
    public void close() {
      parameters.close();
      gradients.close();
      state.close();
    }
  }

  private static double[] values(DeviceBuffer buffer) {
    double[] values = new double[(int) buffer.length()];
    Elements.read(buffer, values);
    return values;
  }

  @ParameterizedTest
  @MethodSource("precisions")
  void groupsBroughtAndLateTensorsAreEachSteppedAsAlone(Precision precision) {
    try (DeviceBuffer brought = backend.allocate(DataType.BFLOAT16, 20);
        Optimizer optimizer =
            Layers.on(backend)
                .precision(precision)
                .parameter("brought", brought.slice(0, 10))
                .build()) {
      optimizer.gradient("brought", brought.slice(10, 10));
      optimizer.add("late", "bias", 6);
      List<Alone> alone = optimizer.names().stream().map(n -> new Alone(optimizer, n)).toList();
      for (int step = 0; step < 4; step++) {
        Layers.write(optimizer, step);
        optimizer.step();
        int attempt = step;
        alone.forEach(tensor -> tensor.step(attempt));
      }
      alone.forEach(Alone::assertSame);
      alone.forEach(Alone::close);
    }
  }

  /** The random bits are those of the optimizer's attempt, not of the tensor's own count. */
  @Test
  void tensorsThatMissedAStepTakeTheBitsOfTheNext() {
    try (Optimizer optimizer = Layers.on(backend).precision(RANDOM).build();
        Alone scale = new Alone(optimizer, "scale");
        Alone c = new Alone(optimizer, "c")) {
      for (int step = 0; step < 6; step++) {
        Layers.write(optimizer, step);
        optimizer.step(step % 2 == 0 ? List.of("c", "scale", "b.weight") : List.of("c"));
        c.step(step);
        if (step % 2 == 0) {
          scale.step(step);
        }
      }
      c.assertSame();
      scale.assertSame();
      Bits.assertHolds("never there", optimizer.parameter("a.bias"), new double[7]);
    }
  }

  /** A device alone knows that it has skipped a step, so the attempt counts. */
  @Test
  void skippedAndAbandonedStepsHaveHadTheirRandomBits() {
    GradientPolicy policy = GradientPolicy.NONE.withNonFinite(NonFinite.SKIP_STEP);
    try (Optimizer optimizer = Layers.on(backend).precision(RANDOM).policy(policy).build();
        Alone first = new Alone(optimizer, "a.weight");
        Alone last = new Alone(optimizer, "c")) {
      for (int step = 0; step < 4; step++) {
        Layers.write(optimizer, step);
        if (step == 1) {
          optimizer.gradient("scale").write(new float[] {Float.NaN});
        }
        if (step == 2) { // the first group has it, the last has not
          device.callsUntilRefused = 4;
          assertThrows(DeviceOutOfMemoryException.class, optimizer::step);
          optimizer.abandonStep();
        } else {
          optimizer.step();
        }
        if (step != 1) {
          first.step(step);
        }
        if (step == 0 || step == 3) {
          last.step(step);
        }
      }
      assertEquals(1, optimizer.skippedSteps());
      first.assertSame();
      last.assertSame();
    }
  }

  /** Of the three groups' launches each is once the one that is refused. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aStepThatIsGoneOnWithRoundsAsIfNothingHadBeen(int refused) {
    try (Optimizer optimizer = Layers.on(backend).precision(RANDOM).build()) {
      List<Alone> alone = optimizer.names().stream().map(n -> new Alone(optimizer, n)).toList();
      for (int step = 0; step < 3; step++) {
        Layers.write(optimizer, step);
        device.callsUntilRefused = step == 1 ? refused : Integer.MAX_VALUE;
        try {
          optimizer.step();
        } catch (DeviceOutOfMemoryException e) {
          assertTrue(refused == 1 ? optimizer.step() : optimizer.retryStep());
        }
        int attempt = step;
        alone.forEach(tensor -> tensor.step(attempt));
      }
      alone.forEach(Alone::assertSame);
      alone.forEach(Alone::close);
    }
  }

  /** 1 + 2^-8 is 1 in 8 bits of fraction: a sum in them would stay there. */
  @Test
  void microBatchesAreGatheredInFloats() {
    RmsProp rule = RmsProp.builder().learningRate(0.125).build();
    try (Optimizer optimizer =
        Optimizer.builder(backend, rule)
            .parameter("w", 1)
            .precision(Precision.BFLOAT16)
            .policy(GradientPolicy.NONE.withMicroBatches(3))
            .build()) {
      for (float gradient : new float[] {1, 0x1p-8f, 0x1p-8f}) {
        optimizer.gradient("w").write(new float[] {gradient});
        optimizer.step();
      }
      assertEquals(1, optimizer.stepCount());
      double[] v = new double[1];
      double mean = (float) ((1f / 3f) * (1 + 0x1p-7));
      new ReferenceStep(DataType.FLOAT32, rule)
          .step(new double[1], new double[] {mean}, v, null, null);
      Bits.assertHolds("v", optimizer.state("w").squareAverage(), v);
      optimizer.step();
      DeviceBuffer sum = optimizer.gatheredGradient("w").orElseThrow();
      assertEquals(DataType.FLOAT32, sum.dataType());
    }
    Precision noStepByTheSum = Precision.of(DataType.FLOAT16);
    OptimizerBuilder builder =
        Layers.on(backend)
            .precision(noStepByTheSum)
            .policy(GradientPolicy.NONE.withMicroBatches(2));
    String told =
        assertThrows(IllegalArgumentException.class, () -> builder.build().close()).getMessage();
    assertTrue(told.contains("micro-batches, whose gradients are added up in FLOAT32"), told);
  }

  /** 5 is beside 4 and 3; 70,000 is beyond all that there are. */
  @Test
  void gradientsOfFloat16AreClippedAndTheirLossScaleFalls() {
    GradientPolicy policy =
        GradientPolicy.NONE.withNormClip(1).withLossScale(new LossScale(128, 2, 0.5, 2, 1));
    try (Optimizer optimizer =
        Optimizer.builder(backend, Layers.RULE)
            .parameter("a", 1)
            .group("b", rule -> rule)
            .parameter("b", 1)
            .precision(Precision.FLOAT16)
            .policy(policy)
            .build()) {
      optimizer.gradient("a").write(new float[] {3 * 128});
      optimizer.gradient("b").write(new float[] {4 * 128});
      optimizer.step();
      assertEquals(5, optimizer.gradientNorm());
      double[] v = new double[1];
      double clipped = (float) (1f / 128f * 0.2f * (3 * 128.0));
      new ReferenceStep(DataType.FLOAT32, Layers.RULE)
          .step(new double[1], new double[] {clipped}, v, new double[1], null);
      Bits.assertHolds("v", optimizer.state("a").squareAverage(), v);
      double[] before = values(optimizer.parameter("a"));
      optimizer.gradient("a").write(new float[] {70_000});
      optimizer.step();
      assertEquals(64, optimizer.lossScale());
      assertEquals(1, optimizer.skippedSteps());
      Bits.assertHolds("skipped", optimizer.parameter("a"), before);
    }
  }

  @Test
  void theMemoryThatIsNeededIsToldInItsTypes() {
    OptimizerBuilder builder =
        Optimizer.builder(backend, RmsProp.builder().momentum(0.5).build())
            .parameter("a", 100)
            .precision(Precision.BFLOAT16_WITH_REMAINDER);
    device.room = device.held + 3;
    String reason =
        assertThrows(DeviceOutOfMemoryException.class, () -> builder.build().close()).reason();
    // p, g and r in 2 bytes, v and b in 4
    String needed = String.format(Locale.ROOT, "at least %,d bytes are needed in all", 14 * 100);
    assertTrue(reason.endsWith(needed), reason);
    device.room = Integer.MAX_VALUE;
    assertEquals(
        14, Precision.BFLOAT16_WITH_REMAINDER.bytes(RmsProp.builder().momentum(0.5).build()));
    assertEquals(8, Precision.BFLOAT16.bytes(RmsProp.builder().build()));
    assertEquals(12, Precision.FLOAT32.bytes(RmsProp.builder().build()));
  }

  /** A gradient of another type is told with both. */
  @Test
  void broughtMemoryOfAnotherTypeIsRefused() {
    try (DeviceBuffer floats = backend.allocate(DataType.FLOAT32, 35);
        Optimizer optimizer = Layers.on(backend).precision(RANDOM).build()) {
      String told =
          assertThrows(IllegalArgumentException.class, () -> optimizer.gradient("a.weight", floats))
              .getMessage();
      assertTrue(told.contains("FLOAT32[35]") && told.contains("BFLOAT16[35]"), told);
    }
  }
}
