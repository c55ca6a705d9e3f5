package dev.rootmean.spark;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A shard in the memory of this process's device: its last two states, so that a step reads one and
 * writes the other. Whoever uses it holds its lock: tasks of one shard take turns.
 */
final class ShardMemory {
  private static final int STATES = 2;

  private final ReentrantLock lock = new ReentrantLock();

  /** The one that was used last comes last. */
  private final List<ShardState> states = new ArrayList<>();

  /** Of each part; none before the first step. */
  private final List<DeviceBuffer> gradients = new ArrayList<>();

  private OptimizerBackend backend;
  private GradientDecision decision;
  private String name;

  ReentrantLock lock() {
    return lock;
  }

  /** Drops what has gone with its backend, whose device was lost. */
  void requireOpen() {
    if (backend != null && !ExecutorBackend.isOpen(backend)) {
      clear();
    }
  }

  private OptimizerBackend backend(Plan plan) {
    if (backend == null) {
      backend = ExecutorBackend.open(name == null ? plan.backend() : name);
    }
    return backend;
  }

  /** The state before a step; null if it is not here. */
  ShardState find(long step) {
    for (ShardState state : states) {
      if (state.isOf(step)) {
        states.remove(state);
        states.add(state);
        return state;
      }
    }
    return null;
  }

  /** A state to be written, its accumulators at their start values. */
  ShardState fresh(Plan plan, int shard) {
    if (states.size() == STATES) {
      states.remove(0).close();
    }
    ShardState state = new ShardState(backend(plan), plan, shard);
    states.add(state);
    return state;
  }

  /**
   * Steps out of place, so that a task that is tried again finds what it began with.
   *
   * @param before stays as it is
   * @param sum of the workers' gradients
   * @return what is to be published
   */
  ShardState step(Plan plan, int shard, ShardState before, byte[] sum, StepSettings settings) {
    ShardState after = states.get(0) == before ? null : states.remove(0);
    if (after == null) {
      after = new ShardState(backend(plan), plan, shard);
    }
    after.withdraw();
    states.add(after);
    prepare(plan, after);
    after.copyFrom(before);
    ByteBuffer floats = Blob.floats(sum, Blob.number(sum));
    if (settings.decided() != null) {
      float[] fields = settings.decided().decision(plan.policy().get());
      decision.buffer().write(0, fields, 0, fields.length);
    }
    for (int i = 0; i < gradients.size(); i++) {
      ShardState.Part part = after.parts().get(i);
      int end = floats.position() + part.piece().length() * Float.BYTES;
      gradients.get(i).write(0, floats.limit(end));
      floats.limit(floats.capacity());
      part.state().attempt(before.step());
      RmsProp rule = settings.rules().get(part.piece().group()).get();
      if (decision == null) {
        backend.step(rule, part.parameters(), gradients.get(i), part.state());
      } else {
        backend.step(rule, part.parameters(), gradients.get(i), part.state(), decision);
      }
    }
    backend.synchronize(); // an error is this step's, and nothing is published that has one
    return after;
  }

  private void prepare(Plan plan, ShardState state) {
    for (int i = gradients.size(); i < state.parts().size(); i++) {
      int length = state.parts().get(i).piece().length();
      gradients.add(backend(plan).allocate(DataType.FLOAT32, length));
    }
    if (plan.decides() && decision == null) { // it is told what to do, and measures nothing
      decision = GradientDecision.allocate(backend, plan.policy().get(), DataType.FLOAT32, 1);
    }
  }

  /** Frees all that is here; the next task finds nothing, and comes to the same by its lineage. */
  void clear() {
    states.forEach(ShardState::close);
    states.clear();
    gradients.forEach(DeviceBuffer::close);
    gradients.clear();
    if (decision != null) {
      decision.close();
      decision = null;
    }
    backend = null;
  }

  /** Has the shard go on on another backend. */
  void moveTo(String other) {
    clear();
    name = other;
  }
}
