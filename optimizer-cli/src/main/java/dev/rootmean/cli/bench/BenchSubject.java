package dev.rootmean.cli.bench;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;

/** The buffers of a point, and what is timed on them. */
final class BenchSubject implements AutoCloseable {
  /** What is timed. */
  enum Action {
    /** Through an optimizer, where the point wants one. */
    OPTIMIZER_STEP,
    /** The backend's own, of one flat buffer. */
    FLAT_STEP,
    /** The device's, of one whole buffer into another. */
    COPY,
    TO_DEVICE,
    TO_HOST
  }

  private static final long TRANSFERRED_AT_MOST = 64L << 20;

  private final OptimizerBackend backend;
  private final BenchPoint point;
  private final ByteBuffer host;
  private final Map<Action, Turn> actions = new EnumMap<>(Action.class);
  private final Deque<Runnable> closers = new ArrayDeque<>();

  /**
   * Takes the memory and fills it.
   *
   * @throws dev.rootmean.DeviceOutOfMemoryException if there is too little; nothing is kept
   */
  BenchSubject(OptimizerBackend backend, BenchPoint point) {
    this.backend = backend;
    this.point = point;
    long bytes = point.layout().elements() * point.type().bytes();
    host = numbers(point.type(), (int) Math.min(bytes, TRANSFERRED_AT_MOST));
    try {
      if (point.wantsOptimizer()) {
        // Its own buffers are the flat ones beside it too: only accumulators are needed twice.
        Optimizer optimizer = optimizer();
        time(Action.OPTIMIZER_STEP, optimizer::step);
        prepare(optimizer.parameters(), optimizer.gradients());
      } else {
        prepare(buffer(), buffer());
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private Optimizer optimizer() {
    OptimizerBuilder builder =
        Optimizer.builder(backend, point.variant().rule())
            .precision(point.precision())
            .policy(point.policy());
    for (TensorLayout.Tensor tensor : point.layout().tensors()) {
      builder.parameter(tensor.name(), tensor.dimensions());
    }
    Optimizer optimizer = builder.build();
    closers.push(optimizer::close);
    return optimizer;
  }

  private DeviceBuffer buffer() {
    DeviceBuffer buffer = backend.allocate(point.type(), point.layout().elements());
    closers.push(buffer::close);
    return buffer;
  }

  private void prepare(DeviceBuffer params, DeviceBuffer grads) {
    RmsProp rule = point.variant().rule();
    RmsPropState state =
        RmsPropState.allocate(backend, rule, point.precision(), 0, params.length());
    closers.push(state::close);
    fill(grads);
    time(
        Action.FLAT_STEP,
        () -> {
          backend.step(rule, params, grads, state);
          state.attempt(state.attempt() + 1);
        });
    time(Action.COPY, () -> params.copyFrom(grads));
    time(Action.TO_DEVICE, () -> grads.write(0, host.rewind()));
    time(Action.TO_HOST, () -> grads.read(0, host.rewind()));
  }

  private void time(Action action, Runnable call) {
    actions.put(action, Turn.of(call, backend::synchronize));
  }

  private void fill(DeviceBuffer buffer) {
    int bytes = point.type().bytes();
    int part = host.capacity() / bytes;
    for (long at = 0; at < buffer.length(); at += part) {
      int count = (int) Math.min(part, buffer.length() - at);
      buffer.write(at, host.rewind().limit(count * bytes));
    }
    host.clear();
  }

  /** Of both signs and 0.5 to 1 in magnitude: no number of steps by them leads to subnormals. */
  private static ByteBuffer numbers(DataType type, int bytes) {
    ByteBuffer numbers = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    for (int i = 0; i < bytes / type.bytes(); i++) {
      int scattered = i * 0x9E3779B1; // by the golden ratio
      double magnitude = 0.75 + scattered * 0x1p-33;
      type.put(numbers, i * type.bytes(), (i & 1) == 0 ? magnitude : -magnitude);
    }
    return numbers;
  }

  Map<Action, Turn> actions() {
    return actions;
  }

  /** What one transfer moves. */
  int transferredBytes() {
    return host.capacity();
  }

  @Override
  public void close() {
    while (!closers.isEmpty()) {
      closers.pop().run();
    }
  }
}
