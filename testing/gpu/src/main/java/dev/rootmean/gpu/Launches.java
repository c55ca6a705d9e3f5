package dev.rootmean.gpu;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.cli.bench.AlternatingTimer;
import dev.rootmean.cli.bench.AlternatingTimer.Times;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a step costs the host where the device has next to nothing to do. */
final class Launches implements AutoCloseable {
  private static final int LENGTH = 1000;
  private static final int TENSORS = 161; // as many as ResNet-50 has
  private static final GradientPolicy POLICY = GradientPolicy.NONE.withNormClip(1);
  private static final RmsProp PLAIN = RmsProp.builder().build();
  private static final RmsProp BOTH = RmsProp.builder().momentum(0.9).centered(true).build();

  private final OptimizerBackend backend;
  private final String name;
  private final Map<String, Turn> turns = new LinkedHashMap<>();
  private final Deque<Runnable> closers = new ArrayDeque<>();

  private Launches(OptimizerBackend backend, String name) {
    this.backend = backend;
    this.name = name;
  }

  static void measure(Asked asked, Findings findings) {
    Opening.each(
        asked,
        findings,
        (name, backend) -> {
          try (Launches launches = new Launches(backend, name)) {
            launches.measure(asked.seconds(), findings);
          }
        });
  }

  private void measure(double seconds, Findings findings) {
    step("plain", PLAIN);
    step("momentum-centered", BOTH);
    stepByPolicy();
    optimizer(TENSORS + " tensors", false, GradientPolicy.NONE);
    optimizer(TENSORS + " tensors with a norm clip", false, POLICY);
    if (name.equals("cuda")) {
      optimizer(TENSORS + " wrapped tensors", true, GradientPolicy.NONE);
    }
    Times<String> times = new AlternatingTimer<>(turns, turns.size() * seconds).measure();
    for (String turn : turns.keySet()) {
      findings.figure(turn, times.median(turn) / 1e3, "us");
    }
  }

  private void step(String what, RmsProp rule) {
    DeviceBuffer params = buffer();
    DeviceBuffer grads = buffer();
    RmsPropState state = kept(RmsPropState.allocate(backend, rule, DataType.FLOAT32, LENGTH));
    time(what, () -> backend.step(rule, params, grads, state));
  }

  private void stepByPolicy() {
    DeviceBuffer params = buffer();
    DeviceBuffer grads = buffer();
    RmsPropState state = kept(RmsPropState.allocate(backend, PLAIN, DataType.FLOAT32, LENGTH));
    GradientDecision decision =
        GradientDecision.allocate(backend, POLICY, DataType.FLOAT32, LENGTH);
    closers.push(decision::close);
    time(
        "plain with a norm clip",
        () -> {
          backend.measure(grads, decision);
          backend.step(PLAIN, params, grads, state, decision);
        });
  }

  private void optimizer(String what, boolean wrapped, GradientPolicy policy) {
    OptimizerBuilder builder = Optimizer.builder(backend, PLAIN).policy(policy);
    for (int i = 0; i < TENSORS; i++) {
      if (wrapped) {
        builder.parameter("w" + i, foreign());
      } else {
        builder.parameter("w" + i, LENGTH);
      }
    }
    Optimizer optimizer = builder.build();
    closers.push(optimizer::close);
    if (wrapped) {
      optimizer.names().forEach(tensor -> optimizer.gradient(tensor, foreign()));
    }
    time(what, optimizer::step);
  }

  private DeviceBuffer buffer() {
    DeviceBuffer buffer = backend.allocate(DataType.FLOAT32, LENGTH);
    closers.push(buffer::close);
    return buffer;
  }

  private DeviceBuffer foreign() {
    DriverMemory memory = DriverMemory.take(LENGTH * (long) Float.BYTES);
    closers.push(memory::close);
    DeviceBuffer buffer = backend.wrap(memory.describe(DataType.FLOAT32, 0, LENGTH));
    closers.push(buffer::close);
    return buffer;
  }

  private RmsPropState kept(RmsPropState state) {
    closers.push(state::close);
    return state;
  }

  private void time(String what, Runnable step) {
    turns.put("launch " + what + " " + name, Turn.of(step, backend::synchronize));
  }

  @Override
  public void close() {
    while (!closers.isEmpty()) {
      closers.pop().run();
    }
  }
}
