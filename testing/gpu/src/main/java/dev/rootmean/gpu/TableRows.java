package dev.rootmean.gpu;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.RowGradients;
import dev.rootmean.cli.bench.AlternatingTimer;
import dev.rootmean.cli.bench.AlternatingTimer.Times;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What steps cost that touch some rows of a table, beside the device's own copy and a dense step of
 * as many elements.
 */
final class TableRows {
  private static final int[] WIDTHS = {16, 64, 256};

  /** Elements of the table, and of the rows that a step touches. */
  private static final long MOST = 1_000_000_000;

  private static final int TOUCHED = 1 << 22;

  /** How often each row comes, where rows come several times. */
  private static final int TIMES = 4;

  private static final long STRIDE = 999_983; // a prime: no row comes twice in a step

  private TableRows() {}

  static void measure(Asked asked, Findings findings) {
    Opening.each(
        asked,
        findings,
        (name, backend) -> {
          long memory = backend.info().totalMemoryBytes() / 10 * 9;
          long elements = asked.elements(Math.min(MOST, memory / 4 / Float.BYTES));
          for (int width : WIDTHS) {
            measure(backend, width, Math.max(1, elements / width), asked.seconds(), findings);
          }
        });
  }

  private static void measure(
      OptimizerBackend backend, int width, long rows, double seconds, Findings findings) {
    RmsProp rule = RmsProp.builder().build();
    int[] numbers = new int[(int) Math.min(TOUCHED / width, rows)];
    int[] repeated = new int[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (int) (i * STRIDE % rows);
      repeated[i] = numbers[i / TIMES];
    }
    long touched = (long) numbers.length * width;
    try (DeviceBuffer table = backend.allocate(DataType.FLOAT32, rows * width);
        RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, rows * width);
        DeviceBuffer params = backend.allocate(DataType.FLOAT32, touched);
        DeviceBuffer grads = backend.allocate(DataType.FLOAT32, touched);
        RmsPropState dense = RmsPropState.allocate(backend, rule, DataType.FLOAT32, touched);
        RowGradients known = backend.allocateRows(DataType.FLOAT32, rows, width);
        RowGradients fresh = backend.allocateRows(DataType.FLOAT32, rows, width)) {
      known.add(numbers, grads);
      Map<String, Runnable> work = new LinkedHashMap<>();
      work.put("copy", () -> params.copyFrom(grads));
      work.put("dense", () -> backend.step(rule, params, grads, dense));
      work.put("known rows", () -> backend.stepRows(rule, table, known, state));
      work.put("new rows", () -> step(backend, rule, table, fresh, numbers, grads, state));
      work.put("summed rows", () -> step(backend, rule, table, fresh, repeated, grads, state));
      Map<String, Turn> turns = new LinkedHashMap<>();
      work.forEach((name, turn) -> turns.put(name, Turn.of(turn, backend::synchronize)));
      Times<String> times = new AlternatingTimer<>(turns, turns.size() * seconds).measure();
      String where = " width " + width + " " + backend.info().name() + " " + touched;
      for (String name : turns.keySet()) {
        findings.figure(name + where, times.median(name) / 1e3, "us");
      }
      findings.figure(
          "known rows over dense" + where, times.medianRatio("known rows", "dense"), "times");
    }
  }

  /** With all that a batch costs: its numbers are sorted and sent, and its gradients copied. */
  private static void step(
      OptimizerBackend backend,
      RmsProp rule,
      DeviceBuffer table,
      RowGradients rows,
      int[] numbers,
      DeviceBuffer grads,
      RmsPropState state) {
    rows.clear();
    rows.add(numbers, grads);
    backend.stepRows(rule, table, rows, state);
  }
}
