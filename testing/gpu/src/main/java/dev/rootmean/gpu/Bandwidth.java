package dev.rootmean.gpu;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.kernels.Variant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How fast a step of each variant moves its buffers, beside the device's own copy of as many
 * elements, in alternating rounds.
 */
final class Bandwidth {
  private static final int ROUNDS = 9;
  private static final int CALLS = 10;
  private static final int PATTERN = 1 << 20;

  /** Parameters, gradients, and the accumulators of all four variants. */
  private static final int BUFFERS = 2 + 1 + 2 + 2 + 3;

  /** A call to time. Its values are those that it must load or store for each element. */
  private record Work(String name, int values, Runnable call, List<Double> seconds) {
    Work(String name, int values, Runnable call) {
      this(name, values, call, new ArrayList<>());
    }

    double median() {
      return seconds.stream().sorted().toList().get(ROUNDS / 2);
    }
  }

  private final OptimizerBackend backend;
  private final DataType type;
  private final long elements;

  /** Takes fewer elements than it is asked to where the device's memory is too small. */
  Bandwidth(OptimizerBackend backend, DataType type, long elements) {
    this.backend = backend;
    this.type = type;
    long fit = backend.info().memoryBytes() / 5 * 4 / BUFFERS / type.bytes();
    this.elements = Math.min(elements, fit);
  }

  /** The lines of a table, with its heading. */
  List<String> measure() {
    List<Work> works = new ArrayList<>();
    List<RmsPropState> states = new ArrayList<>();
    try (DeviceBuffer params = backend.allocate(type, elements);
        DeviceBuffer grads = backend.allocate(type, elements)) {
      fill(grads);
      works.add(new Work("copy", 2, () -> params.copyFrom(grads)));
      for (NamedRule name : NamedRule.VARIANTS) {
        RmsProp rule = name.rule();
        RmsPropState state = RmsPropState.allocate(backend, rule, type, elements);
        states.add(state);
        Variant variant =
            Variant.of(state.momentum().isPresent(), state.gradientAverage().isPresent());
        int values = 2 * variant.rows() - 1; // all are loaded, and all but the gradients stored
        works.add(new Work(variant.name(), values, () -> backend.step(rule, params, grads, state)));
      }
      works.forEach(work -> time(work.call)); // the first round only warms up
      for (int round = 0; round < ROUNDS; round++) {
        works.forEach(work -> work.seconds.add(time(work.call)));
      }
    } finally {
      states.forEach(RmsPropState::close);
    }
    return table(works);
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

  /** Seconds a call, of several in the queue at once, so that the device never waits. */
  private double time(Runnable call) {
    backend.synchronize();
    long start = System.nanoTime();
    for (int i = 0; i < CALLS; i++) {
      call.run();
    }
    backend.synchronize();
    return (System.nanoTime() - start) / 1e9 / CALLS;
  }

  private List<String> table(List<Work> works) {
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
    double copy = 0;
    for (Work work : works) {
      int bytes = work.values * type.bytes();
      double speed = bytes * elements / work.median() / 1e9;
      copy = copy == 0 ? speed : copy;
      lines.add(
          String.format(
              Locale.ROOT,
              "%-18s %13d  %10.4f  %8.1f  %11.1f %%",
              work.name.toLowerCase(Locale.ROOT).replace('_', ' '),
              bytes,
              work.median() * 1e3,
              speed,
              100 * speed / copy));
    }
    return lines;
  }
}
