package dev.rootmean.gpu;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.cli.bench.AlternatingTimer;
import dev.rootmean.cli.bench.AlternatingTimer.Times;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import dev.rootmean.opencl.OpenClProvider;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What it brings on OpenCL that a work-item moves several vectors of 16 bytes. */
final class Vectors {
  private static final int[] COUNTS = {1, 2, 4};
  private static final long[] SIZES = {1_000_000, 100_000_000};

  /** Parameters, gradients, and a square average, for each count. */
  private static final int BUFFERS = 3 * COUNTS.length;

  private Vectors() {}

  static void measure(Asked asked, Findings findings) throws Exception {
    Deque<AutoCloseable> opened = new ArrayDeque<>();
    try {
      Map<Integer, OptimizerBackend> backends = new LinkedHashMap<>();
      for (int count : COUNTS) {
        System.setProperty(OpenClProvider.VECTORS, Integer.toString(count));
        Optional<OptimizerBackend> backend =
            Opening.of(asked, "opencl:" + asked.openClDevice(), findings);
        if (backend.isEmpty()) {
          return;
        }
        opened.push(backend.get());
        backends.put(count, backend.get());
      }
      long memory = backends.get(1).info().totalMemoryBytes() / 10 * 9;
      for (long size : SIZES) {
        long elements = asked.elements(Math.min(size, memory / BUFFERS / Float.BYTES));
        measure(backends, elements, 4 * asked.seconds(), findings);
      }
    } finally {
      System.clearProperty(OpenClProvider.VECTORS);
      while (!opened.isEmpty()) {
        opened.pop().close();
      }
    }
  }

  private static void measure(
      Map<Integer, OptimizerBackend> backends, long elements, double seconds, Findings findings)
      throws Exception {
    RmsProp rule = RmsProp.builder().build();
    Deque<AutoCloseable> allocated = new ArrayDeque<>();
    try {
      Map<Integer, Turn> turns = new LinkedHashMap<>();
      backends.forEach(
          (count, backend) -> {
            DeviceBuffer params = backend.allocate(DataType.FLOAT32, elements);
            allocated.push(params);
            DeviceBuffer grads = backend.allocate(DataType.FLOAT32, elements);
            allocated.push(grads);
            RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, elements);
            allocated.push(state);
            turns.put(
                count,
                Turn.of(() -> backend.step(rule, params, grads, state), backend::synchronize));
          });
      Times<Integer> times = new AlternatingTimer<>(turns, seconds).measure();
      for (int count : COUNTS) {
        String figure = "vectors " + count + " opencl " + elements;
        findings.figure(figure, times.median(count) / 1e3, "us");
        findings.figure(figure + " over 1", times.medianRatio(count, 1), "times");
      }
    } finally {
      while (!allocated.isEmpty()) {
        allocated.pop().close();
      }
    }
  }
}
