package dev.rootmean.gpu;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.cli.bench.AlternatingTimer;
import dev.rootmean.cli.bench.AlternatingTimer.Times;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How fast a step of each variant moves its buffers, beside the device's own copy of as many
 * elements.
 */
final class Bandwidth {
  private static final double SECONDS = 1;
  private static final int PATTERN = 1 << 20;

  /** Parameters, gradients, and the accumulators of all four variants. */
  private static final int BUFFERS = 2 + 1 + 2 + 2 + 3;

  /** What is timed. Its values are those that it must load or store for each element. */
  private record Work(String name, int values) {}

  private static final Work COPY = new Work("copy", 2);

  private final OptimizerBackend backend;
  private final DataType type;
  private final long elements;

  /** Takes fewer elements than it is asked to where the device's memory is too small. */
  Bandwidth(OptimizerBackend backend, DataType type, long elements) {
    this.backend = backend;
    this.type = type;
    long fit = backend.info().totalMemoryBytes() / 5 * 4 / BUFFERS / type.bytes();
    this.elements = Math.min(elements, fit);
  }

  /** The lines of a table, with its heading. */
  List<String> measure() {
    Map<Work, Turn> works = new LinkedHashMap<>();
    List<RmsPropState> states = new ArrayList<>();
    try (DeviceBuffer params = backend.allocate(type, elements);
        DeviceBuffer grads = backend.allocate(type, elements)) {
      fill(grads);
      works.put(COPY, Turn.of(() -> params.copyFrom(grads), backend::synchronize));
      for (NamedRule name : NamedRule.VARIANTS) {
        RmsProp rule = name.rule();
        RmsPropState state = RmsPropState.allocate(backend, rule, type, elements);
        states.add(state);
        works.put(
            step(state),
            Turn.of(() -> backend.step(rule, params, grads, state), backend::synchronize));
      }
      return table(works.keySet(), new AlternatingTimer<>(works, SECONDS).measure());
    } finally {
      states.forEach(RmsPropState::close);
    }
  }

  /** All rows are loaded, and all but the gradients stored. */
  private static Work step(RmsPropState state) {
    List<String> accumulators = new ArrayList<>();
    state.momentum().ifPresent(buffer -> accumulators.add("momentum"));
    state.gradientAverage().ifPresent(buffer -> accumulators.add("centered"));
    String name = accumulators.isEmpty() ? "plain" : String.join(" ", accumulators);
    return new Work(name, 2 * (3 + accumulators.size()) - 1);
  }

  /** Ordinary numbers, as a division of zeros takes another path: a pattern, copied on. */
  private void fill(DeviceBuffer buffer) {
    long done = Math.min(PATTERN, elements);
    Elements.write(buffer.slice(0, done), NumberKind.ORDINARY.take(type, (int) done, 1));
    while (done < elements) {
      long part = Math.min(done, elements - done);
      buffer.slice(done, part).copyFrom(buffer.slice(0, part));
      done += part;
    }
  }

  private List<String> table(Iterable<Work> works, Times<Work> times) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%n%-18s %13s  %10s  %8s  %13s",
            type + ", " + elements,
            "bytes/element",
            "ms",
            "GB/s",
            "share of copy"));
    double copy = 2.0 * type.bytes() * elements / times.median(COPY);
    for (Work work : works) {
      int bytes = work.values * type.bytes();
      double speed = bytes * elements / times.median(work);
      lines.add(
          String.format(
              Locale.ROOT,
              "%-18s %13d  %10.4f  %8.1f  %11.1f %%",
              work.name,
              bytes,
              times.median(work) / 1e6,
              speed,
              100 * speed / copy));
    }
    return lines;
  }
}
