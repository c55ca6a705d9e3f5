package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.rootmean.GradientPolicy.NonFinite;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.ScalarDevice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What an optimizer makes of accumulators in blocks: which tensors have them, and which place and
 * attempt decide on the random bits. Each tensor is also stepped alone, as the contract knows a
 * step.
 */
class BlockOptimizerTest {
  private static final Precision FLOAT32 =
      Precision.FLOAT32.withAccumulators(DataType.BLOCK8).withSeed(9);

  private static final Precision BFLOAT16 =
      Precision.BFLOAT16.withAccumulators(DataType.BLOCK8).withSeed(9);

  private static final RmsProp RULE =
      RmsProp.builder().learningRate(0.01).momentum(0.5).initialSquareAverage(0.3).build();

  private final CountingDevice device = new CountingDevice();
  private final OptimizerBackend backend = ScalarDevice.open(device);

  @AfterEach
  void nothingIsLeft() {
    assertEquals(0, device.held, "buffers that are not freed");
    backend.close();
  }

  /** Large and small ones by turns, in two groups. */
  private OptimizerBuilder model(Precision precision) {
    return Optimizer.builder(backend, RULE)
        .precision(precision)
        .parameter("bias", 10)
        .parameter("weight", 50, 100)
        .parameter("least", 4_096)
        .parameter("less", 4_095)
        .group("centered", rule -> rule.centered(true))
        .parameter("far", 9_001)
        .parameter("near", 7);
  }

  private static void write(Optimizer optimizer, int step) {
    for (String name : optimizer.names()) {
      DeviceBuffer gradient = optimizer.gradient(name);
      Elements.write(
          gradient,
          NumberKind.ORDINARY.take(
              gradient.dataType(), (int) gradient.length(), name.hashCode() + step));
    }
  }

  /** All bits of some rows. */
  private static List<ByteBuffer> bits(DeviceBuffer parameters, RmsPropState state) {
    List<DeviceBuffer> rows = new ArrayList<>(List.of(parameters, state.squareAverage()));
    state.momentum().ifPresent(rows::add);
    state.gradientAverage().ifPresent(rows::add);
    for (DeviceBuffer row : List.copyOf(rows)) {
      row.bases().ifPresent(rows::add);
    }
    List<ByteBuffer> all = new ArrayList<>();
    for (DeviceBuffer row : rows) {
      ByteBuffer bytes = ByteBuffer.allocate((int) row.length() * row.dataType().bytes());
      row.read(0, bytes);
      all.add(bytes.flip());
    }
    return all;
  }

  private static List<List<ByteBuffer>> bits(Optimizer optimizer) {
    return optimizer.names().stream()
        .map(name -> bits(optimizer.parameter(name), optimizer.state(name)))
        .toList();
  }

  /** The bits after a step of each attempt by gradients, which a tensor gets alone. */
  private List<ByteBuffer> alone(Optimizer optimizer, String name, int... attempts) {
    Precision kept = optimizer.precision();
    if (optimizer.parameter(name).length() < 4_096) {
      kept = kept.withAccumulators(DataType.FLOAT32);
    }
    long length = optimizer.parameter(name).length();
    RmsProp rule = optimizer.rule(optimizer.group(name));
    try (DeviceBuffer parameters = backend.allocate(kept.parameters(), length);
        DeviceBuffer gradients = backend.allocate(kept.gradients(), length);
        RmsPropState state =
            RmsPropState.allocate(backend, rule, kept, optimizer.offset(name), length)) {
      for (int attempt : attempts) {
        Elements.write(
            gradients,
            NumberKind.ORDINARY.take(kept.gradients(), (int) length, name.hashCode() + attempt));
        state.attempt(attempt);
        backend.step(rule, parameters, gradients, state);
      }
      return bits(parameters, state);
    }
  }

  @Test
  void largeTensorsHaveBlocksOfTheirOwn() {
    try (Optimizer optimizer = model(FLOAT32).build()) {
      assertEquals(
          List.of("bias", "weight", "least", "less", "far", "near"),
          List.copyOf(optimizer.names()),
          "in their order");
      for (String name : optimizer.names()) {
        boolean isLarge = List.of("weight", "least", "far").contains(name);
        RmsPropState state = optimizer.state(name);
        DataType type = isLarge ? DataType.BLOCK8 : DataType.FLOAT32;
        DataType signed = isLarge ? DataType.SIGNED_BLOCK8 : DataType.FLOAT32;
        assertEquals(type, state.squareAverage().dataType(), name);
        assertEquals(signed, state.momentum().orElseThrow().dataType(), name);
        assertEquals(
            name.equals("far") || name.equals("near") ? Optional.of(signed) : Optional.empty(),
            state.gradientAverage().map(DeviceBuffer::dataType));
        assertEquals(0, isLarge ? optimizer.offset(name) % 2_048 : 0, "on whole words");
      }
      assertEquals(10, optimizer.offset("less") - optimizer.offset("bias"), "small ones as one");
      assertEquals(FLOAT32, optimizer.precision());
    }
  }

  @Test
  void eachTensorIsSteppedAsAlone() {
    for (Precision precision : List.of(FLOAT32, BFLOAT16)) {
      try (Optimizer optimizer = model(precision).build()) {
        optimizer.add("late", "centered", 5_000);
        for (int step = 0; step < 3; step++) {
          write(optimizer, step);
          optimizer.step();
        }
        for (String name : optimizer.names()) {
          assertEquals(
              alone(optimizer, name, 0, 1, 2),
              bits(optimizer.parameter(name), optimizer.state(name)),
              name);
        }
      }
    }
  }

  /** A skipped step changes no bit, and its random bits are not used again. */
  @Test
  void aSkippedStepCountsAsAnAttempt() {
    GradientPolicy policy = GradientPolicy.NONE.withNonFinite(NonFinite.SKIP_STEP);
    try (Optimizer optimizer = model(FLOAT32).policy(policy).build()) {
      write(optimizer, 0);
      optimizer.step();
      List<List<ByteBuffer>> before = bits(optimizer);
      write(optimizer, 1);
      optimizer.gradient("weight").write(7, new float[] {Float.NaN}, 0, 1);
      optimizer.step();
      assertEquals(1, optimizer.skippedSteps());
      assertEquals(before, bits(optimizer));
      write(optimizer, 2);
      optimizer.step();
      for (String name : optimizer.names()) {
        assertEquals(
            alone(optimizer, name, 0, 2),
            bits(optimizer.parameter(name), optimizer.state(name)),
            name);
      }
    }
  }

  /** Twice the same gradient, and half of the sum, is that gradient exactly. */
  @Test
  void microBatchesAreAddedUpInFloats() {
    GradientPolicy policy = GradientPolicy.NONE.withMicroBatches(2);
    for (Precision precision : List.of(FLOAT32, BFLOAT16)) {
      try (Optimizer twice = model(precision).policy(policy).build();
          Optimizer once = model(precision).build()) {
        for (int step = 0; step < 3; step++) {
          write(twice, step);
          assertFalse(twice.step());
          twice.step();
          write(once, step);
          once.step();
        }
        assertEquals(bits(once), bits(twice), precision.toString());
      }
    }
  }

  @Test
  void someTensorsAreSteppedAlone() {
    try (Optimizer optimizer = model(BFLOAT16).build()) {
      for (int step = 0; step < 2; step++) {
        write(optimizer, step);
        optimizer.step(List.of("bias", "least", "near"));
      }
      for (String name : List.of("bias", "least", "near")) {
        assertEquals(
            alone(optimizer, name, 0, 1),
            bits(optimizer.parameter(name), optimizer.state(name)),
            name);
      }
      float[] far = new float[9_001];
      optimizer.state("far").momentum().orElseThrow().read(far);
      assertArrayEquals(new float[9_001], far);
    }
  }
}
