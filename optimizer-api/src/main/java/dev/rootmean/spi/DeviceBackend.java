package dev.rootmean.spi;

import dev.rootmean.BackendException;
import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.GradientDecision;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.lang.ref.Cleaner;
import java.nio.Buffer;
import java.util.Objects;

/**
 * Checks, ownership and order, written once: what makes a backend of a device's {@link
 * DeviceCalls}. A backend that is dropped without being closed is closed when nothing refers to it
 * or its buffers any more, with a warning that says where it was opened; the memory of a buffer
 * that is dropped is freed.
 *
 * @param <M> the device's handle of an allocation
 */
public final class DeviceBackend<M> implements OptimizerBackend {
  private final BackendInfo info;

  /** Calls take turns by its monitor. */
  private final OwnedDevice<M> device;

  private final DeviceCalls<M> calls;
  private final Liveness liveness;
  private final Cleaner.Cleanable leak;

  /**
   * Makes an open backend.
   *
   * @param info what it runs on
   * @param calls the device, from here on this backend's to release, also if this fails
   */
  public DeviceBackend(BackendInfo info, DeviceCalls<M> calls) {
    this.calls = Objects.requireNonNull(calls, "calls");
    try {
      this.info = Objects.requireNonNull(info, "info");
      this.device = new OwnedDevice<>(info.name(), calls);
      this.liveness = device.liveness;
      this.leak = Leaks.watch(this, device::closeDropped);
    } catch (Throwable e) {
      calls.releaseDevice();
      throw e;
    }
  }

  @Override
  public BackendInfo info() {
    return info;
  }

  @Override
  public DeviceBuffer allocate(DataType type, long length) {
    Objects.requireNonNull(type, "type");
    if (length < 1) {
      throw new IllegalArgumentException("length " + length + ": expected at least 1");
    }
    synchronized (device) {
      liveness.requireOpen();
      if (!info.dataTypes().contains(type)) {
        throw new BackendException(
            info.name(), "allocate", info.device() + " does not compute in " + type, null);
      }
      OwnedDevice.Allocation<M> allocation = device.allocate(type, length);
      try {
        MemoryRange<M> range = new MemoryRange<>(allocation, type, 0, length);
        BackendBuffer<M> buffer = new BackendBuffer<>(this, range);
        buffer.freeWhenDropped(device);
        return buffer;
      } catch (Throwable e) { // a full heap must not cost the device's memory
        device.free(allocation);
        throw e;
      }
    }
  }

  @Override
  public void step(RmsProp rule, DeviceBuffer params, DeviceBuffer grads, RmsPropState state) {
    synchronized (device) {
      stepBy(rule, params, grads, state, null);
    }
  }

  @Override
  public void step(
      RmsProp rule,
      DeviceBuffer params,
      DeviceBuffer grads,
      RmsPropState state,
      GradientDecision decision) {
    Objects.requireNonNull(decision, "decision");
    synchronized (device) {
      stepBy(rule, params, grads, state, decision.buffer());
    }
  }

  private void stepBy(
      RmsProp rule,
      DeviceBuffer params,
      DeviceBuffer grads,
      RmsPropState state,
      DeviceBuffer decision) {
    Objects.requireNonNull(rule, "rule");
    Objects.requireNonNull(state, "state");
    liveness.requireOpen();
    MemoryRange<M> p = own(params, "params").range();
    MemoryRange<M> g = own(grads, "grads").range();
    BackendBuffer<M> squareAverage = own(state.squareAverage(), "state.squareAverage");
    MemoryRange<M> v = squareAverage.range();
    MemoryRange<M> b =
        accumulator(state.momentum().orElse(null), rule.hasMomentum(), "state.momentum");
    MemoryRange<M> m =
        accumulator(state.gradientAverage().orElse(null), rule.centered(), "state.gradientAverage");
    MemoryRange<M> c = decision == null ? null : own(decision, "decision").range();
    StepArguments.check(p, g, v, b, m, c);
    try { // not by watch: what steps are made of allocates nothing, not even a lambda
      device.makeRoom();
      calls.queueStep(squareAverage.coefficients(rule), p, g, v, b, m, c);
    } catch (DeviceLostException e) {
      throw liveness.lost(e);
    }
  }

  @Override
  public void measure(DeviceBuffer grads, GradientDecision decision) {
    Objects.requireNonNull(decision, "decision");
    synchronized (device) {
      liveness.requireOpen();
      MemoryRange<M> g = own(grads, "grads").range();
      MemoryRange<M> c = own(decision.buffer(), "decision").range();
      StepArguments.checkMeasure(g, c);
      try {
        device.makeRoom();
        calls.queueMeasure(decision.policy(), g, c);
      } catch (DeviceLostException e) {
        throw liveness.lost(e);
      }
    }
  }

  @Override
  public void synchronize() {
    synchronized (device) {
      liveness.requireOpen();
      device.await();
    }
  }

  @Override
  public void close() {
    device.close();
    leak.clean();
  }

  void close(BackendBuffer<M> buffer) {
    synchronized (device) {
      device.free(buffer.range().allocation());
    }
  }

  void write(BackendBuffer<M> target, long offset, Buffer source) {
    synchronized (device) {
      requireUsable(target);
      MemoryRange<M> to = target.range();
      Objects.checkFromIndexSize(offset, (long) source.remaining(), to.length());
      liveness.watch(
          () -> HostMemory.send(source, offset, (at, part) -> calls.copyToDevice(to, at, part)));
    }
  }

  void read(BackendBuffer<M> source, long offset, Buffer target) {
    synchronized (device) {
      requireUsable(source);
      MemoryRange<M> from = source.range();
      Objects.checkFromIndexSize(offset, (long) target.remaining(), from.length());
      liveness.watch(
          () ->
              HostMemory.receive(
                  target, offset, (at, part) -> calls.copyFromDevice(from, at, part)));
    }
  }

  void copy(DeviceBuffer source, BackendBuffer<M> target) {
    synchronized (device) {
      requireUsable(target);
      MemoryRange<M> from = own(source, "source").range();
      StepArguments.checkPair(from, "source", target.range());
      try {
        device.makeRoom();
        calls.queueCopy(from, target.range());
      } catch (DeviceLostException e) {
        throw liveness.lost(e);
      }
    }
  }

  void add(DeviceBuffer addend, BackendBuffer<M> target) {
    synchronized (device) {
      requireUsable(target);
      MemoryRange<M> from = own(addend, "addend").range();
      StepArguments.checkPair(from, "addend", target.range());
      try {
        device.makeRoom();
        calls.queueAdd(from, target.range());
      } catch (DeviceLostException e) {
        throw liveness.lost(e);
      }
    }
  }

  void zero(BackendBuffer<M> target) {
    synchronized (device) {
      requireUsable(target);
      try {
        device.makeRoom();
        calls.queueZero(target.range());
      } catch (DeviceLostException e) {
        throw liveness.lost(e);
      }
    }
  }

  void requireOpen(BackendBuffer<M> buffer) {
    synchronized (device) {
      requireUsable(buffer);
    }
  }

  private MemoryRange<M> accumulator(DeviceBuffer buffer, boolean wanted, String role) {
    if (wanted != (buffer != null)) {
      throw new IllegalArgumentException(
          role
              + (wanted ? " is missing, which the rule needs" : " is there, and the rule has none")
              + ": allocate the state for a rule like the one to step by");
    }
    return wanted ? own(buffer, role).range() : null;
  }

  private void requireUsable(BackendBuffer<M> buffer) {
    liveness.requireOpen();
    if (buffer.isClosed()) {
      throw new IllegalStateException("the buffer " + buffer + " is closed");
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
