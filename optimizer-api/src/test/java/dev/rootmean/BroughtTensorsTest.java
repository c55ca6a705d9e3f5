package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.machinery.JavaHeap;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors that the caller brings; what they compute is the contract's. */
class BroughtTensorsTest {
  private static final GradientPolicy CLIP = GradientPolicy.NONE.withNormClip(1);

  private final CountingDevice device = new CountingDevice();
  private final OptimizerBackend backend = device.open();
  private DeviceBuffer weight;
  private DeviceBuffer gradient;

  @BeforeEach
  void take() {
    weight = backend.allocate(DataType.FLOAT32, 6);
    gradient = backend.allocate(DataType.FLOAT32, 6);
    gradient.write(new float[] {1, 2, 3, 4, 5, 6});
  }

  @AfterEach
  void nothingIsLeft() {
    assertEquals(2, device.held, "buffers that are not the test's");
    backend.close();
  }

  private OptimizerBuilder layers() {
    return Layers.on(backend).parameter("w", weight, 2, 3);
  }

  @Test
  void theShapeIsThatOfTheBufferUnlessItIsGiven() {
    try (Optimizer optimizer = layers().build()) {
      assertEquals(List.of(2L, 3L), optimizer.shape("w"));
    }
    try (Optimizer optimizer = Layers.on(backend).parameter("w", weight).build()) {
      assertEquals(List.of(6L), optimizer.shape("w"));
    }
    refused(
        "parameter \"w\" of shape [2, 2] in 6 elements: expected 4",
        () -> Layers.on(backend).parameter("w", weight, 2, 2));
  }

  /** Nothing of the caller's is freed, and nothing that was wrong is kept. */
  @Test
  void whatCannotBeSteppedIsRefusedAtOnce() {
    DeviceBuffer doubles = backend.allocate(DataType.FLOAT64, 6);
    DeviceBuffer closed = weight.slice(0, 6);
    closed.close();
    CountingDevice other = new CountingDevice();
    try (OptimizerBackend elsewhere = other.open();
        Optimizer optimizer = layers().build()) {
      DeviceBuffer foreign = elsewhere.allocate(DataType.FLOAT32, 6);
      String mine = ": expected an open buffer of this scalar backend";
      for (DeviceBuffer wrong : List.of(closed, foreign)) {
        refused(
            "parameter \"v\" is " + wrong + mine,
            () -> Layers.on(backend).parameter("v", wrong).build().close());
        refused("parameter \"v\" is " + wrong + mine, () -> optimizer.add("v", "", wrong));
        refused("gradient of \"w\" is " + wrong + mine, () -> optimizer.gradient("w", wrong));
      }
      String typed = " is " + doubles + ": expected FLOAT32[6]";
      refused("parameter \"v\"" + typed, () -> optimizer.add("v", "", doubles));
      refused("gradient of \"w\"" + typed, () -> optimizer.gradient("w", doubles));
      refused(
          "gradient of \"w\" is FLOAT32[5] on scalar: expected FLOAT32[6]",
          () -> optimizer.gradient("w", gradient.slice(1, 5)));
      String stepped = " is memory that parameters have too: expected memory of its own";
      refused("gradient of \"w\"" + stepped, () -> optimizer.gradient("w", weight));
      DeviceBuffer own = optimizer.parameter("c");
      refused("gradient of \"c\"" + stepped, () -> optimizer.gradient("c", own));
      refused(
          "no parameter \"v\": there is a.weight, b.weight, a.bias, scale, c, w",
          () -> optimizer.gradient("v", gradient));
      refused(
          "no group \"odd\": there is \"\", \"bias\", \"centered\"",
          () -> optimizer.add("v", "odd", 3));
      refused(
          "parameter \"c\" is there already: expected another name",
          () -> optimizer.add("c", "", 3));
      assertEquals(6, optimizer.names().size());
    }
    doubles.close();
    assertEquals(0, other.held);
  }

  /** By address, however the two came to it, until the first is closed. */
  @Test
  void noTwoStepTheSameParameters() {
    try (Optimizer first = layers().build()) {
      String message =
          "parameter \"v\" is memory that \"w\" of another optimizer has too:"
              + " expected that one to be closed first";
      DeviceBuffer part = weight.slice(5, 1);
      refused(message, () -> Layers.on(backend).parameter("v", part).build().close());
      refused(
          "parameter \"v\" is memory that \"w\" has too: expected memory of its own",
          () -> first.add("v", "", part));
      refused(
          "parameter \"v\" is memory that \"a.weight\" of another optimizer has too:"
              + " expected that one to be closed first",
          () ->
              Optimizer.builder(backend, Layers.RULE)
                  .parameter("v", first.parameter("c"))
                  .build()
                  .close());
      try (Optimizer apart =
          Optimizer.builder(backend, Layers.RULE).parameter("v", gradient).build()) {
        assertEquals(1, apart.names().size());
      }
    }
    layers().build().close();
    device.room = device.held + 3; // the claim goes with what is not built
    assertThrows(DeviceOutOfMemoryException.class, () -> layers().build().close());
    device.room = Integer.MAX_VALUE;
    layers().build().close();
  }

  /** Before anything is launched. */
  @Test
  void aTensorThatCannotBeSteppedStopsTheStep() {
    try (Optimizer optimizer = layers().build()) {
      String others = ": expected step(names) of the others, or another buffer";
      halted("parameter \"w\" has no gradient" + others, optimizer::step);
      halted(
          "parameter \"w\" has no gradient: expected gradient(name, buffer) first",
          () -> optimizer.gradient("w"));
      DeviceBuffer view = gradient.slice(0, 6);
      optimizer.gradient("w", view);
      view.close();
      halted("parameter \"w\" has a gradient that is closed" + others, optimizer::step);
      assertEquals(0, device.launches);
      optimizer.step(List.of("c"));
      optimizer.gradient("w", gradient);
      assertTrue(optimizer.step());
      assertEquals(1 + 4, device.launches);
    }
    DeviceBuffer view = weight.slice(0, 6);
    try (Optimizer optimizer =
        Optimizer.builder(backend, Layers.RULE).parameter("w", view).build()) {
      optimizer.gradient("w", gradient);
      view.close();
      halted(
          "parameter \"w\" is closed: expected step(names) of the others, or another buffer",
          optimizer::step);
    }
  }

  @Test
  void whatDoesNotLieInOneBufferIsNotGivenAsOne() {
    try (Optimizer brought = layers().build();
        Optimizer late = Layers.on(backend).build()) {
      assertEquals(late.parameters().length(), late.gradients().length());
      late.add("w", "bias", 5);
      for (Optimizer optimizer : List.of(brought, late)) {
        for (Executable call : List.<Executable>of(optimizer::parameters, optimizer::gradients)) {
          halted(
              "the parameters are not in one buffer, some were brought, added later or are a table:"
                  + " expected parameter(name) and gradient(name) of each",
              call);
        }
      }
    }
  }

  @Test
  void zeroGradientsAreThoseThatAreBoundToo() {
    try (Optimizer optimizer = layers().build()) {
      optimizer.zeroGradients();
      optimizer.gradient("w", gradient);
      Bits.assertHolds("before", optimizer.gradient("w"), new double[] {1, 2, 3, 4, 5, 6});
      optimizer.zeroGradients();
      Bits.assertHolds("after", gradient, new double[6]);
    }
  }

  /** What was gathered is no longer looked at. */
  @Test
  void aGradientMayGoOnceItIsGathered() {
    try (Optimizer optimizer = layers().policy(CLIP.withMicroBatches(2)).build()) {
      DeviceBuffer view = gradient.slice(0, 6);
      optimizer.gradient("w", view);
      assertFalse(optimizer.step(List.of("w")));
      view.close();
      assertTrue(optimizer.step(List.of("c")));
      assertEquals(2, device.launches);
      halted(
          "a gradient is closed, " + view + ": expected open buffers, to set them to zero",
          optimizer::zeroGradients);
    }
  }

  @Test
  void neitherAddsNorBindsInTheMiddleOfAStep() {
    try (Optimizer optimizer = layers().build()) {
      optimizer.gradient("w", gradient);
      device.callsUntilRefused = 2;
      assertThrows(DeviceOutOfMemoryException.class, optimizer::step);
      String message = "step 1 is half done, 1 of 4 launches: retryStep() or abandonStep()";
      halted(message, () -> optimizer.gradient("w", gradient));
      halted(message, () -> optimizer.add("late", "", 3));
      assertTrue(optimizer.retryStep());
      assertEquals(4, device.launches);
    }
  }

  @Test
  void nothingIsAddedToWhatIsClosed() {
    Optimizer optimizer = layers().build();
    optimizer.close();
    halted("the optimizer is closed", () -> optimizer.add("late", "", 3));
    halted("the optimizer is closed", () -> optimizer.gradient("w", gradient));
  }

  /** A framework has the gradient somewhere else in each step. */
  @Test
  void bindingAndSteppingAllocateNothing() {
    try (DeviceBuffer other = backend.allocate(DataType.FLOAT32, 6);
        Optimizer optimizer = layers().build()) {
      long least =
          JavaHeap.least(
              50,
              40,
              i -> {
                optimizer.gradient("w", i % 2 == 0 ? gradient : other);
                optimizer.step();
              });
      assertEquals(0, least, "bytes on the Java heap for 40 steps");
    }
  }

  /** A micro-batch that is half gathered goes on where it stopped. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void aMicroBatchIsGatheredOnce(int refused) {
    double[][] results = new double[2][6];
    for (int run = 0; run < 2; run++) {
      weight.zero();
      try (Optimizer optimizer = layers().policy(CLIP.withMicroBatches(3)).build()) {
        optimizer.gradient("w", gradient);
        device.callsUntilRefused = run == 0 ? Integer.MAX_VALUE : refused;
        for (int batch = 0; batch < 3; batch++) {
          Layers.write(optimizer, batch);
          boolean stepped;
          try {
            stepped = optimizer.step();
          } catch (DeviceOutOfMemoryException e) {
            boolean half = refused % 2 == 0;
            stepped = half ? optimizer.retryStep() : optimizer.step();
          }
          assertEquals(batch == 2, stepped);
        }
        Elements.read(optimizer.parameter("w"), results[run]);
      }
    }
    assertArrayEquals(results[0], results[1]);
  }

  private static void refused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  private static void halted(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalStateException.class, call).getMessage());
  }
}
