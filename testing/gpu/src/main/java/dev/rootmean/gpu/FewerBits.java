package dev.rootmean.gpu;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.cli.bench.AlternatingTimer;
import dev.rootmean.cli.bench.AlternatingTimer.Times;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.Precisions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What steps cost whose rows have fewer bits, beside the device's own copy and a step of floats.
 */
final class FewerBits {
  private static final long MOST = 100_000_000;
  private static final List<NamedRule> RULES =
      List.of(NamedRule.PLAIN, NamedRule.MOMENTUM_CENTERED);

  /** As many bytes has an element in all precisions, and in what is copied. */
  private static final int MOST_BYTES = 20 * (1 + precisions().size());

  private FewerBits() {}

  /** Floats first, which the others are compared with. */
  private static List<Precision> precisions() {
    List<Precision> all = new ArrayList<>(List.of(Precision.FLOAT32));
    all.addAll(Precisions.inFewerBits());
    all.addAll(Precisions.inBlocks());
    return all;
  }

  static void measure(Asked asked, Findings findings) {
    Opening.each(
        asked,
        findings,
        (name, backend) -> {
          long memory = backend.info().totalMemoryBytes() / 10 * 9;
          long elements = asked.elements(Math.min(MOST, memory / MOST_BYTES));
          for (NamedRule rule : RULES) {
            measure(backend, rule, elements, asked.seconds(), findings);
          }
        });
  }

  private static void measure(
      OptimizerBackend backend, NamedRule rule, long elements, double seconds, Findings findings) {
    List<Precision> precisions = precisions();
    Deque<Runnable> closers = new ArrayDeque<>();
    try {
      Map<String, Turn> turns = new LinkedHashMap<>();
      DeviceBuffer from = buffer(backend, DataType.FLOAT32, elements, closers);
      DeviceBuffer to = buffer(backend, DataType.FLOAT32, elements, closers);
      turns.put("copy", Turn.of(() -> to.copyFrom(from), backend::synchronize));
      for (Precision precision : precisions) {
        Runnable step = step(backend, rule.rule(), precision, elements, closers);
        turns.put(named(precision), Turn.of(step, backend::synchronize));
      }
      Times<String> times = new AlternatingTimer<>(turns, turns.size() * seconds).measure();
      double bytesOfCopy = 2.0 * DataType.FLOAT32.bytes();
      String where = backend.info().name() + " " + elements;
      for (Precision precision : precisions) {
        String name = named(precision);
        double share =
            moved(precision, rule.rule()) / bytesOfCopy / times.medianRatio(name, "copy");
        String figure = "step " + lowerCase(rule).replace('_', '-') + " " + name;
        findings.step(figure + " " + where, times.median(name) / 1e3, share);
        findings.figure(
            figure + " over float32", times.medianRatio(name, named(Precision.FLOAT32)), "times");
      }
    } finally {
      while (!closers.isEmpty()) {
        closers.pop().run();
      }
    }
  }

  private static DeviceBuffer buffer(
      OptimizerBackend backend, DataType type, long elements, Deque<Runnable> closers) {
    DeviceBuffer buffer = backend.allocate(type, elements);
    closers.push(buffer::close);
    return buffer;
  }

  private static Runnable step(
      OptimizerBackend backend,
      RmsProp rule,
      Precision precision,
      long elements,
      Deque<Runnable> closers) {
    DeviceBuffer params = buffer(backend, precision.parameters(), elements, closers);
    DeviceBuffer grads = buffer(backend, precision.gradients(), elements, closers);
    RmsPropState state = RmsPropState.allocate(backend, rule, precision, 0, elements);
    closers.push(state::close);
    long[] attempt = {0};
    return () -> {
      state.attempt(attempt[0]++);
      backend.step(rule, params, grads, state);
    };
  }

  /** All that a step loads and stores, bytes an element; the bases of blocks are 1 in 256 of it. */
  private static int moved(Precision precision, RmsProp rule) {
    int accumulators = 1 + (rule.hasMomentum() ? 1 : 0) + (rule.centered() ? 1 : 0);
    int written =
        precision.parameters().bytes()
            + accumulators * precision.accumulators().bytes()
            + (precision.remainder() ? DataType.INT16.bytes() : 0);
    return 2 * written + precision.gradients().bytes();
  }

  private static String named(Precision precision) {
    String name =
        precision.parameters()
            + (precision.remainder() ? "+remainder " : " ")
            + precision.gradients()
            + " "
            + precision.accumulators()
            + (precision.rounding() == Precision.Rounding.RANDOM ? " random" : "");
    return lowerCase(name);
  }

  private static String lowerCase(Object words) {
    return words.toString().toLowerCase(Locale.ROOT);
  }
}
