package dev.rootmean.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.optimizer.Optimizer;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.LogCapture;
import dev.rootmean.spi.DeviceBackend;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where weights and gradients lie, and what becomes of them. */
class WeightsTest {
  private static final Shape SHAPE = new Shape(30, 40);

  private final Random random = new Random(7);
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private float[] numbers() {
    float[] numbers = new float[(int) SHAPE.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  /** What a backend's own step makes of some weights. */
  private static float[] stepped(OptimizerBackend backend, float[] weights, float[]... gradients) {
    try (DeviceBuffer p = backend.allocate(DataType.FLOAT32, weights.length);
        DeviceBuffer g = backend.allocate(DataType.FLOAT32, weights.length);
        RmsPropState state =
            RmsPropState.allocate(backend, Preset.DJL.rule(), DataType.FLOAT32, weights.length)) {
      p.write(weights);
      for (float[] gradient : gradients) {
        g.write(gradient);
        backend.step(Preset.DJL.rule(), p, g, state);
      }
      float[] result = new float[weights.length];
      p.read(result);
      return result;
    }
  }

  private NDArray array(float[] elements) {
    return manager.create(elements, SHAPE);
  }

  /** An array of these elements, which lie in another order. */
  private NDArray transposed(float[] elements) {
    float[] columns = array(elements).transpose().toFloatArray();
    return manager.create(columns, new Shape(SHAPE.get(1), SHAPE.get(0))).transpose();
  }

  private static RmsPropOptimizer optimizer(OptimizerBackend backend) {
    return RmsPropOptimizer.builder(backend).build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void weightsAreSteppedAsTheBackendDoes(String name) {
    float[] weights = numbers();
    float[] first = numbers();
    float[] second = numbers();
    try (OptimizerBackend backend = OpenBackend.named(name);
        RmsPropOptimizer optimizer = optimizer(backend)) {
      NDArray stepped = array(weights);
      optimizer.update("w", stepped, array(first));
      optimizer.update("w", stepped, array(second));
      assertArrayEquals(stepped(backend, weights, first, second), stepped.toFloatArray());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void arraysThatLieInAnotherOrderAreCopiedAndNothingIsLeftOfIt(String name) {
    float[] weights = numbers();
    float[] first = numbers();
    float[] second = numbers();
    try (OptimizerBackend backend = OpenBackend.named(name);
        RmsPropOptimizer optimizer = optimizer(backend)) {
      NDArray stepped = transposed(weights);
      NDArray one = transposed(first);
      NDArray two = transposed(second);
      int arrays = manager.getManagedArrays().size();
      optimizer.update("w", stepped, one);
      optimizer.update("w", stepped, two);
      assertEquals(arrays, manager.getManagedArrays().size());
      assertArrayEquals(stepped(backend, weights, first, second), stepped.toFloatArray());
    }
  }

  /** What is a view of other weights stays one. */
  @Test
  void aPartOfAnArrayIsSteppedWhereItIs() {
    float[] weights = numbers();
    try (OptimizerBackend backend = OpenBackend.named("cpu");
        RmsPropOptimizer optimizer = optimizer(backend)) {
      NDArray whole = array(weights);
      NDArray columns = whole.get(":, 3:5"); // not one behind another
      NDArray rows = whole.get("7:9"); // at an address of its own
      float[] columnsBefore = columns.toFloatArray();
      float[] gradient = numbers();
      optimizer.update("columns", columns, array(gradient).get(":, 3:5"));
      assertArrayEquals(
          stepped(backend, columnsBefore, array(gradient).get(":, 3:5").toFloatArray()),
          whole.get(":, 3:5").toFloatArray());
      float[] rowsBefore = rows.toFloatArray();
      optimizer.update("rows", rows, array(gradient).get("7:9"));
      assertArrayEquals(
          stepped(backend, rowsBefore, array(gradient).get("7:9").toFloatArray()),
          whole.get("7:9").toFloatArray());
      assertArrayEquals(
          manager.create(weights, SHAPE).get("9:, 5:").toFloatArray(),
          whole.get("9:, 5:").toFloatArray());
    }
  }

  /** DJL's set gives an array other memory. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void whatElseChangesWeightsIsSeen(String name) {
    float[] other = numbers();
    float[] gradient = numbers();
    try (OptimizerBackend backend = OpenBackend.named(name);
        RmsPropOptimizer optimizer = optimizer(backend)) {
      NDArray weight = array(numbers());
      optimizer.update("w", weight, array(new float[other.length])); // moves nothing
      weight.set(other);
      optimizer.update("w", weight, array(gradient));
      float[] none = new float[other.length];
      assertArrayEquals(stepped(backend, other, none, gradient), weight.toFloatArray());
    }
  }

  private static NDArray backward(NDArray weight, float factor) {
    try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      collector.backward(weight.mul(factor).sum());
    }
    return weight.getGradient().duplicate(); // as a parameter server does
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void theWeightsOwnGradientBeginsAtZeroAgain(String name) {
    try (OptimizerBackend backend = OpenBackend.named(name);
        RmsPropOptimizer optimizer = optimizer(backend)) {
      for (NDArray weight : new NDArray[] {array(numbers()), transposed(numbers())}) {
        weight.setRequiresGradient(true);
        String id = weight.getUid();
        optimizer.update(id, weight, backward(weight, Float.NaN));
        assertArrayEquals(new float[(int) SHAPE.size()], weight.getGradient().toFloatArray());
        NDArray second = backward(weight, 3);
        int arrays = manager.getManagedArrays().size();
        optimizer.update(id, weight, second);
        assertEquals(arrays, manager.getManagedArrays().size());
        assertEquals(3, second.getFloat(0, 0));
      }
    }
  }

  /** In a new thread PyTorch lets nobody change weights that want a gradient, but by autograd. */
  @Test
  void anyThreadUpdates() {
    float[] weights = numbers();
    float[] gradient = numbers();
    try (OptimizerBackend backend = OpenBackend.named("cpu");
        RmsPropOptimizer optimizer = optimizer(backend)) {
      NDArray weight = transposed(weights);
      weight.setRequiresGradient(true);
      CompletableFuture.runAsync(
              () -> optimizer.update("w", weight, array(gradient)),
              task -> new Thread(task).start())
          .join();
      assertArrayEquals(stepped(backend, weights, gradient), weight.toFloatArray());
    }
  }

  @Test
  void aSingleNumberIsAParameterToo() {
    try (OptimizerBackend backend = OpenBackend.named("cpu");
        RmsPropOptimizer optimizer = optimizer(backend)) {
      NDArray weight = manager.create(2f);
      optimizer.update("w", weight, manager.create(1f));
      assertEquals(stepped(backend, new float[] {2}, new float[] {1})[0], weight.getFloat());
    }
  }

  @Test
  void closingGivesTheMemoryBackAndLeavesTheBackend() {
    LogCapture log = LogCapture.of(DeviceBackend.class);
    OptimizerBackend backend = OpenBackend.named("opencl");
    try {
      log.start();
      RmsPropOptimizer optimizer = RmsPropOptimizer.builder(backend).optClipGrad(1).build();
      optimizer.update("w", array(numbers()), array(numbers()));
      optimizer.close();
      optimizer.close();
      backend.synchronize();
      backend.close();
    } finally {
      log.stop();
      backend.close();
    }
    assertEquals(List.of(), log.lines()); // which name buffers that are left
  }

  /** Why this module is there. */
  @Test
  void djlsOwnDoesNotRunOnPyTorch() {
    Optimizer own = Optimizer.rmsprop().build();
    NDArray weight = array(numbers());
    assertThrows(
        UnsupportedOperationException.class, () -> own.update("w", weight, array(numbers())));
  }
}
