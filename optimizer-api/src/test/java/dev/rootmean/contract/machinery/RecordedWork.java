package dev.rootmean.contract.machinery;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.rootmean.Backends;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.NonFinite;
import dev.rootmean.HostBuffer;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.RowGradients;
import dev.rootmean.contract.EventCapture;
import java.lang.management.ManagementFactory;
import java.util.List;
import jdk.jfr.FlightRecorder;
import jdk.jfr.consumer.RecordedEvent;

/** A child JVM's main class: works on a backend, and finds that in a recording, or in none. */
public final class RecordedWork {
  /** Instead of what is expected of a recording: there is none. */
  public static final String NOTHING = "nothing";

  private static final RmsProp RULE = RmsProp.builder().build();

  // No length of a step that a backend is tried by, and all different.
  private static final int LENGTH = 12_345;
  private static final int[] TOGETHER = {23_456, 34_567};
  private static final int ROWS = 7;
  private static final int WIDTH = 5_119;
  private static final int PINNED = 5_000;
  private static final int LEFT_OPEN = 6_789;

  private RecordedWork() {}

  /**
   * Works.
   *
   * @param arguments the backend, and {@link #NOTHING}, or whether it builds kernels and how its
   *     memory of the host is called
   */
  public static void main(String[] arguments) {
    String selector = arguments[0];
    String name;
    try (OptimizerBackend backend = Backends.open(selector)) {
      work(backend);
      name = backend.info().name();
    }
    if (arguments[1].equals(NOTHING)) {
      return;
    }
    assertFalse(FlightRecorder.isInitialized(), "only a user begins to record");
    try (EventCapture capture = EventCapture.start()) {
      try (OptimizerBackend backend = Backends.open(selector)) {
        work(backend);
        skip(backend);
        backend.allocate(FLOAT32, LEFT_OPEN);
      }
      checkSteps(name, capture.events("Step"));
      checkTransfers(name, arguments[2], capture.events("Transfer"));
      checkAllocations(name, capture.events("Allocation"));
      checkBuilds(name, Boolean.parseBoolean(arguments[1]), capture.events("KernelBuild"));
      checkSkips(capture.events("Skip"));
      checkLeaks(name, capture.events("Leak"));
    }
    requireNoGarbageOnceRecordingsHaveEnded(selector);
  }

  private static void work(OptimizerBackend backend) {
    try (DeviceBuffer params = backend.allocate(FLOAT32, LENGTH);
        DeviceBuffer grads = backend.allocate(FLOAT32, LENGTH);
        RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, LENGTH)) {
      grads.write(new float[LENGTH]);
      backend.step(RULE, params, grads, state);
      params.read(new float[LENGTH]);
    }
    MultiTensorStep together = backend.multiTensorStep();
    for (int length : TOGETHER) {
      together.add(
          backend.allocate(FLOAT32, length),
          backend.allocate(FLOAT32, length),
          RmsPropState.allocate(backend, RULE, FLOAT32, length));
    }
    for (int first = 0; first < TOGETHER.length; ) {
      first += together.step(RULE, first);
    }
    try (DeviceBuffer table = backend.allocate(FLOAT32, ROWS * WIDTH);
        RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, ROWS * WIDTH);
        RowGradients rows = backend.allocateRows(FLOAT32, ROWS, WIDTH)) {
      rows.add(new int[] {1, 4}, new float[2 * WIDTH]);
      backend.stepRows(RULE, table, rows, state);
    }
    try (HostBuffer host = backend.allocateHost(FLOAT32, PINNED);
        DeviceBuffer buffer = backend.allocate(FLOAT32, PINNED)) {
      buffer.write(host);
      buffer.read(host);
      backend.synchronize();
    }
  }

  /** Two steps of thirty. */
  private static void skip(OptimizerBackend backend) {
    GradientPolicy policy = GradientPolicy.NONE.withNonFinite(NonFinite.SKIP_STEP);
    try (Optimizer optimizer =
        Optimizer.builder(backend, RULE).parameter("w", 3).policy(policy).build()) {
      for (int i = 0; i < 30; i++) {
        float gradient = i == 3 || i == 24 ? Float.NaN : 1;
        optimizer.gradient("w").write(new float[] {gradient, 1, 1});
        optimizer.step();
      }
    }
  }

  private static List<RecordedEvent> with(List<RecordedEvent> events, String field, long value) {
    return events.stream().filter(e -> e.getLong(field) == value).toList();
  }

  private static void checkSteps(String name, List<RecordedEvent> steps) {
    steps.forEach(step -> assertEquals(name, step.getString("backend")));
    List<RecordedEvent> alone = with(steps, "elements", LENGTH);
    assertEquals(1, alone.size(), alone::toString);
    String kernel = alone.get(0).getString("kernel");
    assertEquals("rmsprop_p_float32_g_float32_v_float32", kernel);
    assertEquals(1, alone.get(0).getInt("tensors"));
    assertEquals(20L * LENGTH, alone.get(0).getLong("bytes"));
    List<RecordedEvent> rows = with(steps, "elements", 2 * WIDTH);
    assertEquals(1, rows.size(), rows::toString);
    assertEquals(0, rows.get(0).getLong("bytes"));
    List<RecordedEvent> both = with(steps, "elements", TOGETHER[0] + TOGETHER[1]);
    both.forEach(step -> assertEquals(2, step.getInt("tensors")));
    int one = with(steps, "elements", TOGETHER[0]).size();
    int other = with(steps, "elements", TOGETHER[1]).size();
    assertTrue(both.size() == 1 ? one + other == 0 : one == 1 && other == 1, steps::toString);
  }

  private static void checkTransfers(String name, String pinned, List<RecordedEvent> transfers) {
    transfers.forEach(transfer -> assertEquals(name, transfer.getString("backend")));
    assertEquals(
        List.of("to device, pageable", "to host, pageable"),
        described(with(transfers, "bytes", 4L * LENGTH)));
    assertEquals(
        List.of("to device, " + pinned, "to host, " + pinned),
        described(with(transfers, "bytes", 4L * PINNED)));
  }

  private static List<String> described(List<RecordedEvent> transfers) {
    return transfers.stream()
        .map(transfer -> transfer.getString("direction") + ", " + transfer.getString("memory"))
        .toList();
  }

  private static void checkAllocations(String name, List<RecordedEvent> allocations) {
    allocations.forEach(allocation -> assertEquals(name, allocation.getString("backend")));
    List<RecordedEvent> buffers = with(allocations, "bytes", 4L * LENGTH);
    assertEquals(3, buffers.size(), buffers::toString); // with the square average
    buffers.forEach(buffer -> assertEquals("device", buffer.getString("memory")));
    List<String> pinned =
        with(allocations, "bytes", 4L * PINNED).stream().map(e -> e.getString("memory")).toList();
    assertEquals(List.of("host", "device"), pinned);
  }

  private static void checkBuilds(String name, boolean builds, List<RecordedEvent> all) {
    assertEquals(builds, !all.isEmpty(), all::toString);
    for (RecordedEvent build : all) {
      assertEquals(name, build.getString("backend"));
      assertTrue(build.getLong("bytes") > 1_000 && build.getDuration().toNanos() > 0);
      assertFalse(build.getString("device").isEmpty());
    }
    assertEquals(
        builds, all.stream().anyMatch(build -> build.getString("program").equals("float32")));
  }

  private static void checkSkips(List<RecordedEvent> skips) {
    assertEquals(1, skips.size(), skips::toString);
    assertEquals(2, skips.get(0).getLong("steps"));
    assertEquals(2, skips.get(0).getLong("skipped"));
    assertEquals(25, skips.get(0).getLong("attempts"));
    assertFalse(Double.isFinite(skips.get(0).getDouble("norm"))); // the last of them was skipped
    assertEquals(1, skips.get(0).getDouble("lossScale"));
  }

  /** What is told apart in each line of a program, {@code application.LeaksTest} sees. */
  private static void checkLeaks(String name, List<RecordedEvent> leaks) {
    List<RecordedEvent> atClose =
        leaks.stream().filter(e -> e.getString("what").contains("open at close")).toList();
    assertEquals(1, atClose.size(), leaks::toString);
    assertTrue(atClose.get(0).getString("what").startsWith(name + ": "));
    // By the garbage collector's leave.
    int dropped =
        (int) leaks.stream().filter(e -> e.getString("what").endsWith("a buffer")).count();
    int tensors = 3 * TOGETHER.length; // parameters, gradients, square average
    assertEquals(1 + tensors, atClose.get(0).getInt("count") + dropped);
    if (dropped == 0) {
      assertEquals(
          4L * (LEFT_OPEN + 3 * TOGETHER[0] + 3 * TOGETHER[1]), atClose.get(0).getLong("bytes"));
    }
  }

  private static void requireNoGarbageOnceRecordingsHaveEnded(String selector) {
    assertTrue(FlightRecorder.isInitialized());
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (OptimizerBackend backend = Backends.open(selector);
        DeviceBuffer params = backend.allocate(FLOAT32, 100);
        DeviceBuffer grads = backend.allocate(FLOAT32, 100);
        RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, 100)) {
      long least = Long.MAX_VALUE;
      // the JVM charges its own linking and compiling to a thread too, but not in every round
      for (int round = 0; round < 20 && least > 0; round++) {
        long before = thread.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1000; i++) {
          backend.step(RULE, params, grads, state);
        }
        least = Math.min(least, thread.getCurrentThreadAllocatedBytes() - before);
        backend.synchronize();
      }
      assertEquals(0, least, "bytes on the Java heap for 1000 steps");
    }
  }
}
