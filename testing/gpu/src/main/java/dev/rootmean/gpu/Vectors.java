package dev.rootmean.gpu;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.cli.bench.AlternatingTimer;
import dev.rootmean.cli.bench.AlternatingTimer.Times;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.opencl.OpenClProvider;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What it brings on OpenCL that a work-item moves several vectors of 16 bytes. */
final class Vectors {
  private static final int[] COUNTS = {1, 2, 4};
  private static final long[] SIZES = {1_000_000, 100_000_000};

  /** So many parameters, the first ones. */
  private static final int COMPARED = 50_000;

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
      Set<FloatBuffer> results = new HashSet<>(); // which are equal if all their elements are
      backends.forEach(
          (count, backend) -> {
            DeviceBuffer params = backend.allocate(DataType.FLOAT32, elements);
            allocated.push(params);
            DeviceBuffer grads = backend.allocate(DataType.FLOAT32, elements);
            allocated.push(grads);
            RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, elements);
            allocated.push(state);
            Runnable step = () -> backend.step(rule, params, grads, state);
            results.add(stepped(params, grads, step));
            turns.put(count, Turn.of(step, backend::synchronize));
          });
      findings.check("vectors give the same bits " + elements, results.size() == 1, COMPARED);
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

  /** The first parameters after some steps by the same gradients. */
  private static FloatBuffer stepped(DeviceBuffer params, DeviceBuffer grads, Runnable step) {
    float[] floats = new float[(int) Math.min(COMPARED, params.length())];
    double[] numbers = NumberKind.ORDINARY.take(DataType.FLOAT32, floats.length, 1);
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) numbers[i];
    }
    grads.write(0, floats, 0, floats.length);
    for (int i = 0; i < 3; i++) {
      step.run();
    }
    params.read(0, floats, 0, floats.length);
    return FloatBuffer.wrap(floats);
  }
}
