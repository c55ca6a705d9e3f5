package dev.rootmean.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.rootmean.OptimizerBackend;
import java.lang.reflect.Proxy;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Arrays that cannot be stepped are refused in one line, and nothing is changed. */
class RefusalsTest {
  private final float[] numbers = {1, 2, 3, 4};
  private NDManager manager;
  private OptimizerBackend backend;
  private RmsPropOptimizer optimizer;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager();
    backend = OpenBackend.named("cpu");
    optimizer =
        RmsPropOptimizer.builder(backend)
            .optLearningRateTracker((id, number) -> id.equals("no rate") ? Float.NaN : 0.1f)
            .build();
  }

  @AfterEach
  void close() {
    optimizer.close();
    backend.close();
    manager.close();
  }

  private NDArray array() {
    return manager.create(numbers);
  }

  private void assertRefused(String message, String id, NDArray weight, NDArray gradient) {
    byte[] before = weight.toByteArray();
    Exception e =
        assertThrows(IllegalArgumentException.class, () -> optimizer.update(id, weight, gradient));
    assertEquals(message, e.getMessage());
    assertArrayEquals(before, weight.toByteArray());
  }

  @Test
  void typesThatAreNotSteppedYet() {
    assertRefused(
        "the weight w is FLOAT16: expected FLOAT32 or FLOAT64",
        "w",
        array().toType(DataType.FLOAT16, true),
        array().toType(DataType.FLOAT16, true));
    assertRefused(
        "the gradient of w is INT32: expected FLOAT32 or FLOAT64",
        "w",
        array(),
        array().toType(DataType.INT32, true));
    assertRefused(
        "the gradient of w is FLOAT64 (4): expected FLOAT32 (4)",
        "w",
        array(),
        array().toType(DataType.FLOAT64, true));
  }

  @Test
  void otherShapes() {
    assertRefused(
        "the gradient of w is FLOAT32 (2, 2): expected FLOAT32 (4)",
        "w",
        array(),
        array().reshape(2, 2));
    optimizer.update("w", array(), array());
    assertRefused(
        "the weight w is FLOAT32 (2, 2): expected FLOAT32 (4)",
        "w",
        array().reshape(2, 2),
        array().reshape(2, 2));
  }

  @Test
  void sparseGradients() {
    NDArray sparse =
        manager.createCoo(FloatBuffer.wrap(new float[] {5}), new long[][] {{2}}, new Shape(4));
    assertRefused("the gradient of w is sparse: expected a dense array", "w", array(), sparse);
  }

  /** One that answers a question in another way. */
  private static <T> T disguised(Class<T> type, T real, String question, Object answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                method.getName().equals(question) ? answer : method.invoke(real, arguments)));
  }

  /** There is none here: an array that says that it is on one. */
  @Test
  void arraysOnAGpu() {
    NDArray onGpu = disguised(NDArray.class, array(), "getDevice", Device.gpu(1));
    assertRefused(
        "the weight w is on gpu(1): expected cpu(), as DJL gives no address on a GPU",
        "w",
        onGpu,
        array());
  }

  @Test
  void arraysOfAnotherEngine() {
    Engine engine = new OtherEngine();
    NDManager others = disguised(NDManager.class, manager, "getEngine", engine);
    NDArray array = disguised(NDArray.class, array(), "getManager", others);
    assertRefused(
        "the weight w is of the engine Other: expected an array of PyTorch's", "w", array, array());
  }

  @Test
  void aLearningRateThatIsNoNumber() {
    NDArray weight = array();
    Exception e =
        assertThrows(
            IllegalArgumentException.class, () -> optimizer.update("no rate", weight, array()));
    assertEquals(
        "learningRate NaN: expected a number from 0 to " + (double) Float.MAX_VALUE,
        e.getMessage());
    assertArrayEquals(numbers, weight.toFloatArray());
  }

  /** The gradient lies where the weights do. */
  @Test
  void weightsThatAreTheirOwnGradient() {
    NDArray weight = array();
    assertThrows(IllegalArgumentException.class, () -> optimizer.update("w", weight, weight));
    assertArrayEquals(numbers, weight.toFloatArray());
  }

  @Test
  void whatIsClosed() {
    NDArray weight = array();
    optimizer.close();
    Exception e =
        assertThrows(IllegalStateException.class, () -> optimizer.update("w", weight, array()));
    assertEquals("the optimizer is closed", e.getMessage());
    RmsPropOptimizerBuilder builder = RmsPropOptimizer.builder(backend);
    backend.close();
    assertThrows(IllegalStateException.class, builder::build);
    assertArrayEquals(numbers, weight.toFloatArray());
  }
}
