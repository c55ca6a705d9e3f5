package dev.rootmean.spi;

import dev.rootmean.BackendException;
import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.GradientDecision;
import dev.rootmean.HostBuffer;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.lang.ref.Cleaner;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A backend made of a {@link Device}: checks, ownership and order are written once, here. A backend
 * that is dropped without being closed is closed when nothing refers to it or its buffers any more,
 * with a warning that says where it was opened; the memory of a buffer that is dropped is freed.
 *
 * @param <M> the device's handle of an allocation
 */
public final class DeviceBackend<M> implements OptimizerBackend {
  private final BackendInfo info;

  /** Calls take turns by its monitor. */
  private final OwnedDevice<M> device;

  private final Liveness liveness;

  /** Of the launch at hand. */
  private final Rows<M> rows = new Rows<>();

  private final ProvenFamilies families = new ProvenFamilies(false);
  private final ProvenFamilies familiesTogether = new ProvenFamilies(true);
  private final StepRows<M> steps = new StepRows<>(this, families);
  private final Cleaner.Cleanable leak;

  /**
   * Makes an open backend.
   *
   * @param info what it runs on
   * @param device from here on this backend's to release, also if this fails
   */
  public DeviceBackend(BackendInfo info, Device<M> device) {
    Objects.requireNonNull(device, "device");
    try {
      this.info = Objects.requireNonNull(info, "info");
      this.device = new OwnedDevice<>(info.name(), device);
      this.liveness = this.device.liveness;
      this.leak = this.device.watch(this);
    } catch (Throwable e) {
      device.release();
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
      requireComputes("allocate", type);
      return buffer(device.allocate(type, length), type, 0, length);
    }
  }

  @Override
  public DeviceBuffer wrap(ForeignMemory memory) {
    Objects.requireNonNull(memory, "memory");
    synchronized (device) {
      requireComputes("wrap", memory.dataType());
      return buffer(device.wrap(memory), memory.dataType(), memory.first(), memory.length());
    }
  }

  @Override
  public HostBuffer allocateHost(DataType type, long length) {
    Objects.requireNonNull(type, "type");
    liveness.requireOpen();
    ByteBuffer memory = BackendHostBuffer.memory(info.name(), type, length);
    synchronized (device) {
      liveness.requireOpen();
      return new BackendHostBuffer<>(this, device, type, memory);
    }
  }

  private void requireComputes(String operation, DataType type) {
    liveness.requireOpen();
    if (!info.dataTypes().contains(type.compute())) {
      String reason = info.device() + " does not compute in " + type.compute();
      throw new BackendException(info.name(), operation, reason, null);
    }
  }

  private DeviceBuffer buffer(Allocation<M> allocation, DataType type, long first, long length) {
    try {
      BackendBuffer<M> buffer =
          new BackendBuffer<>(this, new MemoryRange<>(allocation, type, first, length));
      buffer.freeWhenDropped(device);
      return buffer;
    } catch (Throwable e) { // a full heap must not cost the device's memory
      device.free(allocation);
      throw e;
    }
  }

  @Override
  public boolean owns(DeviceBuffer buffer) {
    synchronized (device) {
      return buffer instanceof BackendBuffer<?> b && b.backend() == this && !b.isClosed();
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
    Kernel kernel = steps.fill(rule, params, grads, state, decision);
    BackendBuffer<M> squareAverage = own(state.squareAverage(), "state.squareAverage");
    device.launch(kernel, squareAverage.numbers(rule), squareAverage.rows());
    steps.launched(state);
  }

  @Override
  public MultiTensorStep multiTensorStep() {
    liveness.requireOpen();
    return new DeviceMultiTensorStep<>(this, device, steps, familiesTogether);
  }

  @Override
  public void measure(DeviceBuffer grads, GradientDecision decision) {
    Objects.requireNonNull(decision, "decision");
    synchronized (device) {
      liveness.requireOpen();
      MemoryRange<M> g = own(grads, "grads").range();
      BackendBuffer<M> made = own(decision.buffer(), "decision");
      MemoryRange<M> d = made.range();
      DecisionField.requireRoom(d.length(), g.length());
      Kernel sum = Kernels.sumSquares(g.dataType());
      Kernel decide = Kernels.decide(sum.compute());
      families.prove(this, sum);
      families.prove(this, decide);
      made.rows().begin(g.length()).add(g).add(d).check(sum); // apart from all of the decision
      MemoryRange<M> sums = made.sums();
      device.launch(sum, Numbers.NONE, rows.begin(g.length()).add(g).add(sums));
      rows.begin(Kernel.chunks(g.length())).add(sums).add(d);
      device.launch(decide, made.numbers(decision.policy()), rows);
    }
  }

  @Override
  public long nativeQueue() {
    synchronized (device) {
      liveness.requireOpen();
      return device.nativeQueue();
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
      Objects.checkFromIndexSize(offset, (long) source.remaining(), target.length());
      device.send(target.range(), offset, source);
      target.written();
    }
  }

  void read(BackendBuffer<M> source, long offset, Buffer target) {
    synchronized (device) {
      requireUsable(source);
      Objects.checkFromIndexSize(offset, (long) target.remaining(), source.length());
      device.receive(source.range(), offset, target);
    }
  }

  void copy(DeviceBuffer source, BackendBuffer<M> target) {
    synchronized (device) {
      requireUsable(target);
      MemoryRange<M> from = own(source, "source").range();
      MemoryRange<M> to = target.range();
      rows.begin(to.length()).add(to).add(from).check(Kernels.rowsOfCopy(to.dataType()));
      device.copy(from, to);
      target.written();
    }
  }

  void add(DeviceBuffer addend, BackendBuffer<M> target) {
    synchronized (device) {
      requireUsable(target);
      MemoryRange<M> from = own(addend, "addend").range();
      Kernel kernel = Kernels.add(from.dataType());
      families.prove(this, kernel);
      MemoryRange<M> to = target.range();
      device.launch(
          kernel, Numbers.NONE, target.rows().begin(to.length()).add(to).add(from).check(kernel));
      target.written();
    }
  }

  void zero(BackendBuffer<M> target) {
    synchronized (device) {
      requireUsable(target);
      device.zero(target.range());
      target.written();
    }
  }

  void requireUsable(BackendBuffer<M> buffer) {
    synchronized (device) {
      liveness.requireOpen();
      if (buffer.isClosed()) {
        throw new IllegalStateException("the buffer " + buffer + " is closed");
      }
    }
  }

  @SuppressWarnings("unchecked") // a buffer whose backend is this one holds this one's memory
  BackendBuffer<M> own(DeviceBuffer buffer, String role) {
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
