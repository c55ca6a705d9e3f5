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
import dev.rootmean.RowGradients;
import java.lang.ref.Cleaner;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Objects;

/**
 * A backend made of a {@link Device}: checks, ownership and order are written once, here. A backend
 * that is dropped without being closed is closed when nothing refers to it or its buffers any more,
 * with a warning that says where it was opened; the memory of a buffer that is dropped is freed.
 *
 * @param <M> the device's handle of an allocation
 * @since 0.1.0
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
  private final StepRows<M> steps;
  private final Measurement<M> measurement;
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
      this.steps = new StepRows<>(this, this.device, families);
      this.measurement = new Measurement<>(this, this.device, families);
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
      return buffer(device.taken.allocate(type, length), type, 0, length);
    }
  }

  @Override
  public DeviceBuffer wrap(ForeignMemory memory) {
    Objects.requireNonNull(memory, "memory");
    if (memory.dataType().isInBlocks()) {
      throw new IllegalArgumentException(
          memory + ": expected another type, as the blocks' bases would lie nowhere");
    }
    synchronized (device) {
      requireComputes("wrap", memory.dataType());
      return buffer(device.taken.wrap(memory), memory.dataType(), memory.first(), memory.length());
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

  @Override
  public RowGradients allocateRows(DataType type, long rows, int width) {
    Objects.requireNonNull(type, "type");
    synchronized (device) {
      requireComputes("allocateRows", type);
      return new BackendRowGradients<>(this, device, families, type, rows, width);
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
      device.taken.free(allocation);
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
      steps.step(rule, params, grads, state, null);
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
      steps.step(rule, params, grads, state, decision.buffer());
    }
  }

  @Override
  public void stepRows(RmsProp rule, DeviceBuffer params, RowGradients grads, RmsPropState state) {
    synchronized (device) {
      steps.stepRows(rule, params, grads, state, null);
    }
  }

  @Override
  public void stepRows(
      RmsProp rule,
      DeviceBuffer params,
      RowGradients grads,
      RmsPropState state,
      GradientDecision decision) {
    Objects.requireNonNull(decision, "decision");
    synchronized (device) {
      steps.stepRows(rule, params, grads, state, decision.buffer());
    }
  }

  @Override
  public MultiTensorStep multiTensorStep() {
    liveness.requireOpen();
    return new DeviceMultiTensorStep<>(this, device, steps, familiesTogether);
  }

  @Override
  public void measure(DeviceBuffer grads, GradientDecision decision) {
    Objects.requireNonNull(grads, "grads");
    synchronized (device) {
      measurement.measure(grads, null, decision);
    }
  }

  @Override
  public void measure(List<DeviceBuffer> grads, GradientDecision decision) {
    Objects.requireNonNull(grads, "grads");
    synchronized (device) {
      measurement.measure(null, grads, decision);
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
      device.taken.free(buffer.range().allocation());
    }
  }

  void write(BackendBuffer<M> target, long offset, Buffer source) {
    synchronized (device) {
      requireUsable(target);
      Objects.checkFromIndexSize(offset, (long) source.remaining(), target.length());
      if (target.dataType().isInBlocks() && source instanceof FloatBuffer floats) {
        target.requireWholeBlocks("write", offset, source.remaining());
        BlockTransfer.send(device, target.range(), offset, floats);
      } else {
        device.send(target.range(), offset, source);
      }
      target.written();
    }
  }

  void read(BackendBuffer<M> source, long offset, Buffer target) {
    synchronized (device) {
      requireUsable(source);
      Objects.checkFromIndexSize(offset, (long) target.remaining(), source.length());
      if (source.dataType().isInBlocks() && target instanceof FloatBuffer floats) {
        BlockTransfer.receive(device, source.range(), offset, floats);
      } else {
        device.receive(source.range(), offset, target);
      }
    }
  }

  void copy(DeviceBuffer source, BackendBuffer<M> target) {
    synchronized (device) {
      requireUsable(target);
      MemoryRange<M> from = own(source, "source").range();
      MemoryRange<M> to = target.range();
      rows.begin(to.length()).add(to).add(from).check(Kernels.rowsOfCopy(to.dataType()));
      device.copy(from, to, 0);
      if (to.dataType().isInBlocks()) {
        device.copy(own(source, "source").basesRange(), target.basesRange(), 0);
      }
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
      if (target.dataType().isInBlocks()) {
        device.zero(target.basesRange());
      }
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
      String expected = "a buffer that this " + info.name() + " backend allocated";
      throw new IllegalArgumentException(role + " is " + buffer + ": expected " + expected);
    }
    if (b.isClosed()) {
      throw new IllegalStateException(role + " " + buffer + " is closed");
    }
    return (BackendBuffer<M>) b;
  }
}
