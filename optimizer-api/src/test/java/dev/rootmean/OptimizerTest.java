package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.ReferenceStep;
import dev.rootmean.contract.machinery.JavaHeap;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OptimizerTest {
  private static final RmsProp RULE = Layers.RULE;

  private final CountingDevice device = new CountingDevice();
  private final OptimizerBackend backend = device.open();

  @AfterEach
  void nothingIsLeft() {
    assertEquals(0, device.held, "buffers that are not freed");
    backend.close();
  }

  private OptimizerBuilder layers() {
    return Layers.on(backend);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void everyTensorIsSteppedByItsGroupsRule(DataType type) {
    try (Optimizer optimizer = layers().dataType(type).build()) {
      assertEquals(
          List.of("a.weight", "b.weight", "a.bias", "scale", "c"), List.copyOf(optimizer.names()));
      assertEquals(List.of(3L, 2L, 2L), optimizer.shape("c"));
      for (int step = 0; step < 3; step++) {
        Layers.write(optimizer, step);
        assertTrue(optimizer.step());
      }
      assertEquals(9, device.launches, "one launch for each group and step");
      assertEquals(3, optimizer.stepCount());
      for (String name : optimizer.names()) {
        assertStepped(optimizer, name, type);
      }
    }
  }

  private static void assertStepped(Optimizer optimizer, String name, DataType type) {
    RmsProp rule =
        switch (name) {
          case "a.bias", "scale" -> RULE.toBuilder().weightDecay(0).learningRate(0.2).build();
          case "c" -> RULE.toBuilder().momentum(0).centered(true).build();
          default -> RULE;
        };
    int length = (int) optimizer.parameter(name).length();
    double[] p = new double[length];
    double[] v = new double[length];
    double[] b = new double[length];
    double[] m = new double[length];
    for (int step = 0; step < 3; step++) {
      double[] gradient = Layers.gradient(optimizer, name, step);
      new ReferenceStep(type, rule).step(p, gradient, v, b, m);
    }
    Bits.assertHolds(name, optimizer.parameter(name), p);
    RmsPropState state = optimizer.state(name);
    Bits.assertHolds(name + "'s v", state.squareAverage(), v);
    assertEquals(rule.hasMomentum(), state.momentum().isPresent());
    state.momentum().ifPresent(buffer -> Bits.assertHolds(name + "'s b", buffer, b));
    state.gradientAverage().ifPresent(buffer -> Bits.assertHolds(name + "'s m", buffer, m));
  }

  @Test
  void tensorsLieInTheFlatBuffersWhereTheirOffsetsSay() {
    try (Optimizer optimizer = layers().build()) {
      for (String name : optimizer.names()) {
        long offset = optimizer.offset(name);
        int length = (int) optimizer.parameter(name).length();
        double[] values = NumberKind.ORDINARY.take(DataType.FLOAT32, length, 1);
        Elements.write(optimizer.parameter(name), values);
        Elements.write(optimizer.gradient(name), values);
        Bits.assertHolds(name, optimizer.parameters().slice(offset, length), values);
        Bits.assertHolds(name, optimizer.gradients().slice(offset, length), values);
      }
      optimizer.zeroGradients();
      int all = (int) optimizer.gradients().length();
      Bits.assertHolds("the gradients", optimizer.gradients(), new double[all]);
    }
  }

  @Test
  void aScheduleSetsTheLearningRateAndGroupsKeepTheirRatio() {
    try (Optimizer optimizer = layers().schedule(step -> step == 0 ? 0.5 : 0.25).build()) {
      optimizer.gradient("a.weight").write(new float[35]);
      float[] ones = new float[7];
      Arrays.fill(ones, 1);
      optimizer.gradient("a.bias").write(ones);
      optimizer.step();
      assertEquals(0.5, optimizer.learningRate());
      optimizer.step();
      assertEquals(0.25, optimizer.learningRate());
      double[] p = new double[7];
      double[] v = new double[7];
      double[] b = new double[7];
      for (double rate : new double[] {1, 0.5}) { // twice the optimizer's
        RmsProp rule = RULE.toBuilder().weightDecay(0).learningRate(rate).build();
        new ReferenceStep(DataType.FLOAT32, rule).step(p, doubles(ones), v, b, null);
      }
      Bits.assertHolds("a.bias", optimizer.parameter("a.bias"), p);
    }
  }

  private static double[] doubles(float[] floats) {
    double[] doubles = new double[floats.length];
    Arrays.setAll(doubles, i -> floats[i]);
    return doubles;
  }

  @Test
  void viewsAreTheCallersToClose() {
    try (Optimizer optimizer = layers().build()) {
      for (int i = 0; i < 2; i++) {
        optimizer.parameter("c").close();
        optimizer.gradient("c").close();
        optimizer.state("c").close();
        optimizer.parameters().close();
        optimizer.gradients().close();
        optimizer.step();
      }
    }
  }

  /**
   * Where processors step fastest: parameters, gradients and accumulators at one place in pages.
   */
  @Test
  void groupsBeginOnWholePages() {
    try (Optimizer optimizer = layers().build()) {
      assertEquals(0, optimizer.offset("a.weight"));
      assertEquals(35, optimizer.offset("b.weight"), "right behind it");
      assertEquals(16_384, optimizer.offset("a.bias"));
      assertEquals(2 * 16_384, optimizer.offset("c"));
      assertEquals(2 * 16_384 + 12, optimizer.parameters().length());
    }
  }

  /** Without an ε, what has no gradient becomes NaN: nothing is stepped that is not a parameter. */
  @Test
  void nothingButTheParametersIsStepped() {
    RmsProp rule = RmsProp.builder().epsilon(0).build();
    try (Optimizer optimizer =
        Optimizer.builder(backend, rule)
            .parameter("a", 3)
            .parameter("b", 2)
            .group("other", same -> same.decay(0.5))
            .parameter("c", 1)
            .build()) {
      for (String name : optimizer.names()) {
        int length = (int) optimizer.gradient(name).length();
        Elements.write(
            optimizer.gradient(name), NumberKind.ORDINARY.take(DataType.FLOAT32, length, 1));
      }
      optimizer.step();
      double[] all = new double[(int) optimizer.parameters().length()];
      Elements.read(optimizer.parameters(), all);
      assertTrue(Arrays.stream(all).noneMatch(Double::isNaN));
    }
  }

  @Test
  void aWrongLearningRateChangesNothing() {
    try (Optimizer optimizer = layers().build()) {
      assertThrows(IllegalArgumentException.class, () -> optimizer.learningRate(-1));
      assertThrows(IllegalArgumentException.class, () -> optimizer.learningRate(Double.NaN));
      assertEquals(0.1, optimizer.learningRate());
      assertThrows(IllegalArgumentException.class, () -> optimizer.learningRate(Double.MAX_VALUE));
      assertEquals(0.1, optimizer.learningRate());
      optimizer.learningRate(0.3);
      assertEquals(0.3, optimizer.learningRate());
    }
  }

  @Test
  void stepsAllocateNothing() {
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(1).withMicroBatches(2);
    OptimizerBuilder manyGroups = layers();
    for (int i = 0; i < 200; i++) {
      double decay = i / 200.0;
      manyGroups.group("group " + i, rule -> rule.decay(decay)).parameter("w" + i, 1);
    }
    try (Optimizer plain = layers().build();
        Optimizer one =
            Optimizer.builder(backend, RmsProp.builder().build()).parameter("w", 9).build();
        Optimizer many = manyGroups.build();
        Optimizer full =
            layers().policy(policy).schedule(LearningRateSchedule.constant(0.1)).build()) {
      for (Optimizer optimizer : List.of(plain, one, many, full)) {
        // rounds without a look at skipped steps are among them
        long least = JavaHeap.least(50, 40, i -> optimizer.step());
        assertEquals(0, least, "bytes on the Java heap for 40 steps");
      }
    }
  }

  @Test
  void nothingIsKeptIfTheMemoryDoesNotSuffice() {
    int needed = 8; // parameters, gradients, two states of two accumulators, one of two
    for (int room = 0; room < needed; room++) {
      device.room = room;
      assertThrows(DeviceOutOfMemoryException.class, () -> layers().build().close());
      assertEquals(0, device.held);
    }
    device.room = needed;
    layers().build().close();
  }

  /** A full Java heap must not cost the device's memory, wherever it is met. */
  @Test
  void nothingIsKeptIfTheHeapDoesNotSuffice() {
    RmsProp rule = RULE.toBuilder().centered(true).initialSquareAverage(1).build();
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(1).withMicroBatches(2);
    int failed = 0;
    for (boolean built = false; !built; ) {
      device.memoryCallsUntilError = failed + 1;
      OptimizerBuilder builder =
          Optimizer.builder(backend, rule)
              .parameter("a", 3)
              .group("b", same -> same.decay(0.5))
              .parameter("b", 2)
              .policy(policy);
      try {
        builder.build().close();
        built = true;
      } catch (OutOfMemoryError e) {
        failed++;
      }
      assertEquals(0, device.held, "after error " + failed);
    }
    assertTrue(failed > 12, "tried at each of 10 allocations and the values first written");
  }

  @Test
  void unknownNamesAreToldWithTheKnownOnes() {
    try (Optimizer optimizer = layers().build()) {
      for (Executable call :
          new Executable[] {
            () -> optimizer.parameter("c.weight"),
            () -> optimizer.gradient("c.weight"),
            () -> optimizer.state("c.weight"),
            () -> optimizer.shape("c.weight"),
            () -> optimizer.offset("c.weight")
          }) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains("\"c.weight\""), message);
        assertTrue(message.contains("a.weight, b.weight, a.bias, scale, c"), message);
      }
    }
  }

  @Test
  void aNormThatIsNotMeasuredIsNotGiven() {
    try (Optimizer optimizer = layers().build()) {
      optimizer.step();
      assertThrows(IllegalStateException.class, optimizer::gradientNorm);
      assertEquals(1, optimizer.lossScale());
      assertFalse(optimizer.names().isEmpty());
    }
  }
}
