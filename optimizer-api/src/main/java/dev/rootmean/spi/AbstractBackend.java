package dev.rootmean.spi;

import dev.rootmean.BackendException;
import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.GradientControl;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.nio.Buffer;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks, ownership and order, written once: a backend extends this and contains the {@link
 * DeviceCalls} only.
 *
 * @param <M> the backend's handle of an allocation
 */
public abstract class AbstractBackend<M> extends DeviceCalls<M> implements OptimizerBackend {
  private static final Logger LOG = LoggerFactory.getLogger(AbstractBackend.class);

  private final Object lock = new Object();
  private final Set<BackendBuffer<M>> allocations =
      Collections.newSetFromMap(new IdentityHashMap<>());
  private final BackendInfo info;
  private final Liveness liveness;
  private final RecentCoefficients coefficients = new RecentCoefficients();

  /**
   * Makes an open backend.
   *
   * @param info what it runs on
   */
  protected AbstractBackend(BackendInfo info) {
    this.info = Objects.requireNonNull(info, "info");
    this.liveness = new Liveness(info.name());
  }

  @Override
  public final BackendInfo info() {
    return info;
  }

  @Override
  public final DeviceBuffer allocate(DataType type, long length) {
    Objects.requireNonNull(type, "type");
    if (length < 1) {
      throw new IllegalArgumentException("length " + length + ": expected at least 1");
    }
    synchronized (lock) {
      liveness.requireOpen();
      if (!info.dataTypes().contains(type)) {
        throw new BackendException(
            info.name(), "allocate", info.device() + " does not compute in " + type, null);
      }
      M memory = liveness.watch(() -> allocateMemory(type, length));
      BackendBuffer<M> buffer = new BackendBuffer<>(this, type, length, memory);
      allocations.add(buffer);
      return buffer;
    }
  }

  @Override
  public final void step(
      RmsProp rule, DeviceBuffer params, DeviceBuffer grads, RmsPropState state) {
    synchronized (lock) {
      stepBy(rule, params, grads, state, null);
    }
  }

  @Override
  public final void step(
      RmsProp rule,
      DeviceBuffer params,
      DeviceBuffer grads,
      RmsPropState state,
      GradientControl control) {
    Objects.requireNonNull(control, "control");
    synchronized (lock) {
      stepBy(rule, params, grads, state, control.buffer());
    }
  }

  private void stepBy(
      RmsProp rule,
      DeviceBuffer params,
      DeviceBuffer grads,
      RmsPropState state,
      DeviceBuffer control) {
    Objects.requireNonNull(rule, "rule");
    Objects.requireNonNull(state, "state");
    liveness.requireOpen();
    BackendBuffer<M> p = own(params, "params");
    BackendBuffer<M> g = own(grads, "grads");
    BackendBuffer<M> v = own(state.squareAverage(), "state.squareAverage");
    BackendBuffer<M> b =
        accumulator(state.momentum().orElse(null), rule.hasMomentum(), "state.momentum");
    BackendBuffer<M> m =
        accumulator(state.gradientAverage().orElse(null), rule.centered(), "state.gradientAverage");
    StepArguments.check(p, g, v, b, m);
    BackendBuffer<M> c = control == null ? null : own(control, "control");
    if (c != null) {
      StepArguments.checkControl(p, c);
    }
    try { // not by watch: what steps are made of allocates nothing, not even a lambda
      queueStep(coefficients.of(rule), p, g, v, b, m, c);
    } catch (DeviceLostException e) {
      throw liveness.lost(e);
    }
  }

  @Override
  public final void measure(DeviceBuffer grads, GradientControl control) {
    Objects.requireNonNull(control, "control");
    synchronized (lock) {
      liveness.requireOpen();
      BackendBuffer<M> g = own(grads, "grads");
      BackendBuffer<M> c = own(control.buffer(), "control");
      StepArguments.checkMeasure(g, c);
      try {
        queueMeasure(control.policy(), g, c);
      } catch (DeviceLostException e) {
        throw liveness.lost(e);
      }
    }
  }

  @Override
  public final void synchronize() {
    synchronized (lock) {
      liveness.requireOpen();
      liveness.watch(this::awaitQueue);
    }
  }

  @Override
  public final void close() {
    synchronized (lock) {
      if (liveness.isClosed()) {
        return;
      }
      liveness.close();
      if (!allocations.isEmpty()) {
        LOG.warn(
            "{}: {} buffers were open at close and are freed now", info.name(), allocations.size());
      }
      if (!liveness.isLost()) {
        quietly(this::awaitQueue);
      }
      for (BackendBuffer<M> buffer : allocations) {
        M memory = buffer.release();
        quietly(() -> free(memory));
      }
      allocations.clear();
      quietly(this::releaseDevice);
    }
  }

  final void close(BackendBuffer<M> buffer) {
    synchronized (lock) {
      M memory = buffer.release();
      if (memory != null) {
        allocations.remove(buffer);
        quietly(() -> free(memory));
      }
    }
  }

  final void write(BackendBuffer<M> target, long offset, Buffer source) {
    synchronized (lock) {
      requireUsable(target);
      Objects.checkFromIndexSize(offset, (long) source.remaining(), target.length());
      liveness.watch(
          () -> HostMemory.send(source, offset, (at, part) -> copyToDevice(target, at, part)));
    }
  }

  final void read(BackendBuffer<M> source, long offset, Buffer target) {
    synchronized (lock) {
      requireUsable(source);
      Objects.checkFromIndexSize(offset, (long) target.remaining(), source.length());
      liveness.watch(
          () -> HostMemory.receive(target, offset, (at, part) -> copyFromDevice(source, at, part)));
    }
  }

  final void copy(DeviceBuffer source, BackendBuffer<M> target) {
    synchronized (lock) {
      requireUsable(target);
      BackendBuffer<M> from = own(source, "source");
      StepArguments.checkPair(from, "source", target);
      try {
        queueCopy(from, target);
      } catch (DeviceLostException e) {
        throw liveness.lost(e);
      }
    }
  }

  final void add(DeviceBuffer addend, BackendBuffer<M> target) {
    synchronized (lock) {
      requireUsable(target);
      BackendBuffer<M> from = own(addend, "addend");
      StepArguments.checkPair(from, "addend", target);
      try {
        queueAdd(from, target);
      } catch (DeviceLostException e) {
        throw liveness.lost(e);
      }
    }
  }

  final void zero(BackendBuffer<M> target) {
    synchronized (lock) {
      requireUsable(target);
      try {
        queueZero(target);
      } catch (DeviceLostException e) {
        throw liveness.lost(e);
      }
    }
  }

  final void requireOpen(BackendBuffer<M> buffer) {
    synchronized (lock) {
      requireUsable(buffer);
    }
  }

  private BackendBuffer<M> accumulator(DeviceBuffer buffer, boolean wanted, String role) {
    if (wanted != (buffer != null)) {
      throw new IllegalArgumentException(
          role
              + (wanted ? " is missing, which the rule needs" : " is there, and the rule has none")
              + ": allocate the state for a rule like the one to step by");
    }
    return wanted ? own(buffer, role) : null;
  }

  private void requireUsable(BackendBuffer<M> buffer) {
    liveness.requireOpen();
    if (buffer.isClosed()) {
      throw new IllegalStateException("the buffer " + buffer + " is closed");
    }
  }

  private void quietly(Runnable release) {
    try {
      liveness.watch(release);
    } catch (RuntimeException e) {
      LOG.debug("{}: while releasing", info.name(), e);
    }
  }

  @SuppressWarnings("unchecked") // a buffer whose backend is this one holds this one's memory
  private BackendBuffer<M> own(DeviceBuffer buffer, String role) {
    Objects.requireNonNull(buffer, role);
    if (!(buffer instanceof BackendBuffer<?> b) || b.backend() != this) {
      throw new IllegalArgumentException(
          role
              + " is "
              + buffer
              + ": expected a buffer that this "
              + info.name()
              + " backend allocated");
    }
    if (b.isClosed()) {
      throw new IllegalStateException(role + " " + buffer + " is closed");
    }
    return (BackendBuffer<M>) b;
  }
}
