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
import dev.rootmean.contract.NumberKind;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Whether the numbers make a difference: divisions and roots of zeros and of very small numbers
 * take another path than those of ordinary ones.
 */
final class GradientKinds {
  private static final long MOST = 100_000_000;
  private static final int PATTERN = 1 << 20;

  /** Parameters, and for each kind gradients and a square average. */
  private static final int BUFFERS = 1 + 2 * Kind.values().length;

  private enum Kind {
    ORDINARY {
      @Override
      double[] numbers(int count) {
        return NumberKind.ORDINARY.take(DataType.FLOAT32, count, 1);
      }
    },
    ALL_ZERO {
      @Override
      double[] numbers(int count) {
        return new double[count];
      }
    },
    NINE_OF_TEN_ZERO {
      @Override
      double[] numbers(int count) {
        double[] numbers = ORDINARY.numbers(count);
        for (int i = 0; i < count; i++) {
          if (i % 10 != 0) {
            numbers[i] = 0;
          }
        }
        return numbers;
      }
    },
    /** Over a root of about ε their quotients are subnormal. */
    SUBNORMAL_QUOTIENTS {
      @Override
      double[] numbers(int count) {
        double[] numbers = ORDINARY.numbers(count);
        for (int i = 0; i < count; i++) {
          numbers[i] *= 1e-40;
        }
        return numbers;
      }
    };

    abstract double[] numbers(int count);
  }

  private GradientKinds() {}

  static void measure(Asked asked, Findings findings) {
    Opening.each(asked, findings, (name, backend) -> measure(asked, name, backend, findings));
  }

  private static void measure(
      Asked asked, String name, OptimizerBackend backend, Findings findings) {
    long memory = backend.info().totalMemoryBytes() / 10 * 9;
    long elements = asked.elements(Math.min(MOST, memory / BUFFERS / Float.BYTES));
    RmsProp rule =
        RmsProp.builder().epsilonPlacement(RmsProp.EpsilonPlacement.OUTSIDE_SQRT).build();
    Map<Kind, DeviceBuffer> gradients = new LinkedHashMap<>();
    Map<Kind, RmsPropState> states = new LinkedHashMap<>();
    try (DeviceBuffer params = backend.allocate(DataType.FLOAT32, elements)) {
      Map<Kind, Turn> turns = new LinkedHashMap<>();
      for (Kind kind : Kind.values()) {
        DeviceBuffer g = backend.allocate(DataType.FLOAT32, elements);
        gradients.put(kind, g);
        fill(g, kind);
        RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, elements);
        states.put(kind, state);
        turns.put(kind, Turn.of(() -> backend.step(rule, params, g, state), backend::synchronize));
      }
      Times<Kind> times = new AlternatingTimer<>(turns, 4 * asked.seconds()).measure();
      for (Kind kind : Kind.values()) {
        String figure = "gradients " + kind.name().toLowerCase(Locale.ROOT) + " " + name;
        findings.figure(figure + " " + elements, times.median(kind) / 1e3, "us");
        findings.figure(figure + " over ordinary", times.medianRatio(kind, Kind.ORDINARY), "times");
      }
    } finally {
      gradients.values().forEach(DeviceBuffer::close);
      states.values().forEach(RmsPropState::close);
    }
  }

  private static void fill(DeviceBuffer buffer, Kind kind) {
    long done = Math.min(PATTERN, buffer.length());
    Elements.write(buffer.slice(0, done), kind.numbers((int) done));
    while (done < buffer.length()) {
      long part = Math.min(done, buffer.length() - done);
      buffer.slice(done, part).copyFrom(buffer.slice(0, part));
      done += part;
    }
  }
}
