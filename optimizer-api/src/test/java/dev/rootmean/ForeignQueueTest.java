package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.rootmean.GradientPolicy.NonFinite;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.contract.Wrapped;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import dev.rootmean.spi.TriedFamilies;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** When a queue of another library is told of a step, and what becomes of exceptions. */
@TestInstance(Lifecycle.PER_CLASS) // to have families tried takes a second
class ForeignQueueTest {
  private static final String BEFORE = "before 42";
  private static final String AFTER = "after 42";
  private static final GradientPolicy CLIP = GradientPolicy.NONE.withNormClip(1);

  private final List<String> calls = new ArrayList<>();

  private final RuntimeException failure = new UnsupportedOperationException("planted");

  /** What the next of a kind of call throws. */
  private final Map<String, RuntimeException> planted = new HashMap<>();

  private final class Device extends Wrapped<TypedArray> {
    Device() {
      super(new ScalarDevice());
    }

    @Override
    public void copy(
        TypedArray source, long from, TypedArray target, long to, DataType type, long length) {
      call("copy");
      super.copy(source, from, target, to, type, length);
    }

    @Override
    public void zero(TypedArray memory, DataType type, long at, long length) {
      call("zero");
      super.zero(memory, type, at, length);
    }

    @Override
    public void launch(Kernel kernel, Numbers numbers, Rows<TypedArray> rows) {
      call(kernel.text());
      super.launch(kernel, numbers, rows);
    }

    @Override
    public long nativeQueue() {
      return 42;
    }
  }

  private final class Queue implements ForeignQueue {
    @Override
    public void beforeStep(long nativeQueue) {
      call("before " + nativeQueue);
    }

    @Override
    public void afterStep(long nativeQueue) {
      call("after " + nativeQueue);
    }
  }

  private void call(String call) {
    calls.add(call);
    RuntimeException fault = planted.remove(call);
    if (fault != null) {
      throw fault;
    }
  }

  private final OptimizerBackend backend = TriedFamilies.of(ScalarDevice.open(new Device()));
  private DeviceBuffer gradient;

  @BeforeEach
  void take() {
    gradient = backend.allocate(DataType.FLOAT32, 2);
    gradient.write(new float[] {1, 2});
    planted.clear();
  }

  @AfterEach
  void free() {
    gradient.close();
  }

  @AfterAll
  void close() {
    backend.close();
  }

  /**
   * Two launches, one of them by a gradient of the caller's; what was called before is forgotten.
   */
  private Optimizer build(GradientPolicy policy) {
    Optimizer optimizer =
        Optimizer.builder(backend, Layers.RULE)
            .policy(policy)
            .schedule(step -> 0.1 / (step + 1))
            .orderedWith(new Queue())
            .parameter("w", 2)
            .group("other", rule -> rule)
            .parameter("b", 3)
            .build();
    optimizer.gradient("w", gradient);
    calls.clear();
    return optimizer;
  }

  private void assertCalls(String... expected) {
    assertEquals(List.of(expected), calls);
    calls.clear();
  }

  @Test
  void aStepComesBetweenTheTwo() {
    try (Optimizer plain = build(GradientPolicy.NONE)) {
      plain.step();
      assertCalls(BEFORE, "rmsprop", "rmsprop", AFTER);
      plain.step(List.of("b"));
      assertCalls(BEFORE, "rmsprop", AFTER);
      plain.zeroGradients();
      assertCalls(BEFORE, "zero", "zero", AFTER);
    }
    try (Optimizer clipping = build(CLIP)) {
      clipping.step(List.of("w"));
      assertCalls(BEFORE, "zero", "copy", "sum_squares", "decide", "rmsprop", AFTER);
    }
  }

  @Test
  void soDoesEachMicroBatch() {
    try (Optimizer optimizer = build(CLIP.withMicroBatches(2))) {
      assertFalse(optimizer.step());
      assertCalls(BEFORE, "copy", "copy", AFTER);
      assertTrue(optimizer.step());
      assertCalls(BEFORE, "add", "add", "sum_squares", "decide", "rmsprop", "rmsprop", AFTER);
    }
  }

  @Test
  void ifTheFirstThrowsNothingHasChanged() {
    try (Optimizer optimizer = build(CLIP.withMicroBatches(2))) {
      for (int batch = 0; batch < 4; batch++) {
        Progress before = optimizer.progress();
        planted.put(BEFORE, failure);
        assertSame(failure, assertThrows(RuntimeException.class, optimizer::step));
        assertCalls(BEFORE);
        assertEquals(before, optimizer.progress());
        assertThrows(IllegalStateException.class, optimizer::retryStep);
        optimizer.step();
        calls.clear();
      }
      assertEquals(2, optimizer.stepCount());
    }
  }

  @Test
  void ifTheSecondThrowsTheStepIsMade() {
    try (Optimizer optimizer = build(GradientPolicy.NONE)) {
      planted.put(AFTER, failure);
      assertSame(failure, assertThrows(RuntimeException.class, optimizer::step));
      assertEquals(1, optimizer.stepCount());
      assertCalls(BEFORE, "rmsprop", "rmsprop", AFTER);
    }
  }

  /** What is left is made in a turn of its own: the other library may have gone on meanwhile. */
  @Test
  void aStepThatThrowsEndsItsTurn() {
    try (Optimizer optimizer = build(CLIP)) {
      planted.put("decide", failure);
      assertSame(failure, assertThrows(RuntimeException.class, optimizer::step));
      assertCalls(BEFORE, "copy", "copy", "sum_squares", "decide", AFTER);
      planted.put(BEFORE, failure);
      assertSame(failure, assertThrows(RuntimeException.class, optimizer::retryStep));
      assertCalls(BEFORE);
      assertTrue(optimizer.retryStep());
      assertCalls(BEFORE, "sum_squares", "decide", "rmsprop", "rmsprop", AFTER);
      planted.put("copy", failure);
      assertThrows(RuntimeException.class, optimizer::step);
      optimizer.step();
      calls.clear();
      planted.put("sum_squares", failure);
      assertThrows(RuntimeException.class, optimizer::step);
      calls.clear();
      optimizer.abandonStep();
      assertCalls();
    }
  }

  @Test
  void gradientsThatAreNotFiniteEndItToo() {
    try (Optimizer optimizer = build(GradientPolicy.NONE.withNonFinite(NonFinite.THROW))) {
      gradient.write(new float[] {1, Float.NaN});
      assertThrows(ArithmeticException.class, optimizer::step);
      assertCalls(BEFORE, "copy", "copy", "sum_squares", "decide", AFTER);
    }
  }

  /** The driver refuses what an adapter calls, too; why the step failed is what counts. */
  @Test
  void theExceptionOfTheStepWins() {
    DeviceLostException lost = new DeviceLostException("scalar", "step", 0, "", "planted", null);
    OptimizerBackend losing = ScalarDevice.open(new Device());
    Optimizer optimizer =
        Optimizer.builder(losing, Layers.RULE).orderedWith(new Queue()).parameter("w", 2).build();
    calls.clear();
    planted.put("rmsprop", lost);
    planted.put(AFTER, failure);
    assertSame(lost, assertThrows(DeviceLostException.class, optimizer::step));
    assertArrayEquals(new Throwable[] {failure}, lost.getSuppressed());
    assertCalls(BEFORE, "rmsprop", AFTER);
    assertThrows(DeviceLostException.class, optimizer::step);
    assertThrows(DeviceLostException.class, losing::nativeQueue);
    losing.close();
    assertThrows(IllegalStateException.class, optimizer::step);
    assertThrows(IllegalStateException.class, optimizer::zeroGradients);
    assertCalls();
    optimizer.close();
  }

  /** A queue is not to wait for a step that is never made. */
  @Test
  void whatIsRefusedTakesNoTurn() {
    try (Optimizer optimizer = build(GradientPolicy.NONE)) {
      assertThrows(IllegalArgumentException.class, () -> optimizer.step(List.of("v")));
      DeviceBuffer view = gradient.slice(0, 2);
      optimizer.gradient("w", view);
      view.close();
      assertThrows(IllegalStateException.class, optimizer::step);
      assertThrows(IllegalStateException.class, optimizer::retryStep);
      assertCalls();
    }
    OptimizerBuilder builder = Optimizer.builder(backend, Layers.RULE);
    assertThrows(NullPointerException.class, () -> builder.orderedWith(null));
  }

  @Test
  void aTurnAllocatesNothing() {
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long[] sum = new long[2];
    ForeignQueue counting =
        new ForeignQueue() {
          @Override
          public void beforeStep(long nativeQueue) {
            sum[0] += nativeQueue + 1;
          }

          @Override
          public void afterStep(long nativeQueue) {
            sum[1] += nativeQueue + 1;
          }
        };
    try (OptimizerBackend plain = ScalarDevice.open(new ScalarDevice());
        Optimizer optimizer =
            Optimizer.builder(plain, Layers.RULE).orderedWith(counting).parameter("w", 2).build()) {
      long least = Long.MAX_VALUE;
      for (int round = 0; round < 50 && least > 0; round++) {
        sum[0] = 0;
        sum[1] = 0;
        long before = thread.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 40; i++) {
          optimizer.step();
        }
        least = Math.min(least, thread.getCurrentThreadAllocatedBytes() - before);
        assertArrayEquals(new long[] {40, 40}, sum, "a device without a queue has address 0");
      }
      assertEquals(0, least, "bytes on the Java heap for 40 steps");
    }
  }
}
