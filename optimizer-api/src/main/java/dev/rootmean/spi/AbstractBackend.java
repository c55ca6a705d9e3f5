package dev.rootmean.spi;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import dev.rootmean.BackendException;
import dev.rootmean.BackendInfo;
import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.nio.Buffer;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Objects;
import java.util.Set;

/**
 * Checks, ownership and order, written once: a backend extends this and contains device calls only.
 *
 * <p>The hooks are called by one thread at a time, with arguments that are checked: buffers are
 * open, this backend's own, of one length and type, and do not overlap. No hook is called after
 * {@link #releaseDevice()}, nor, but for {@link #free} and {@link #releaseDevice()}, after one
 * threw {@link DeviceLostException}.
 *
 * @param <M> the backend's handle of an allocation
 */
public abstract class AbstractBackend<M> implements OptimizerBackend {
  private static final System.Logger LOG = System.getLogger(AbstractBackend.class.getName());

  private final Object lock = new Object();
  private final Set<BackendBuffer<M>> allocations =
      Collections.newSetFromMap(new IdentityHashMap<>());
  private final BackendInfo info;
  private final Liveness liveness;
  private RmsProp rule;
  private Coefficients coefficients;

  /**
   * Makes an open backend.
   *
   * @param info what it runs on
   */
  protected AbstractBackend(BackendInfo info) {
    this.info = Objects.requireNonNull(info, "info");
    this.liveness = new Liveness(info.name());
  }

  /**
   * Takes memory, filled with zeros.
   *
   * @param type the type of the elements
   * @param length the number of elements, at least 1
   * @return a handle of the memory
   */
  protected abstract M allocateMemory(DataType type, long length);

  /**
   * Gives memory back once the queue is done with it.
   *
   * @param memory what {@link #allocateMemory} returned, each once
   */
  protected abstract void free(M memory);

  /**
   * Copies all that remains in the source to the device, and returns when it is there.
   *
   * @param target where to
   * @param offset the first element of {@code target} to overwrite
   * @param source a {@link java.nio.FloatBuffer} or a {@link java.nio.DoubleBuffer}, as {@code
   *     target} has floats or doubles; it has an array, or is direct and in native order
   */
  protected abstract void copyToDevice(BackendBuffer<M> target, long offset, Buffer source);

  /**
   * Fills all that remains in the target from the device, after all that is queued.
   *
   * @param source where from
   * @param offset the first element of {@code source} to copy
   * @param target as the source of {@link #copyToDevice}
   */
  protected abstract void copyFromDevice(BackendBuffer<M> source, long offset, Buffer target);

  /**
   * Queues a copy of a whole buffer to another one.
   *
   * @param source where from
   * @param target where to, of the same length and type, apart from {@code source}
   */
  protected abstract void queueCopy(BackendBuffer<M> source, BackendBuffer<M> target);

  /**
   * Queues one step, as {@link RmsProp} defines it. Allocates nothing on the Java heap.
   *
   * @param k the coefficients
   * @param params the parameters
   * @param grads the gradients
   * @param squareAverage the square average
   * @param momentum the momentum, null for a rule without
   * @param gradientAverage the gradient average, null unless centered
   */
  protected abstract void queueStep(
      Coefficients k,
      BackendBuffer<M> params,
      BackendBuffer<M> grads,
      BackendBuffer<M> squareAverage,
      BackendBuffer<M> momentum,
      BackendBuffer<M> gradientAverage);

  /** Waits until the queue is empty and surfaces its errors. */
  protected abstract void awaitQueue();

  /** Gives the device back; all memory is freed before. */
  protected abstract void releaseDevice();

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
  @SuppressWarnings("ReferenceEquality") // an equal rule that is another merely costs a little more
  public final void step(
      RmsProp rule, DeviceBuffer params, DeviceBuffer grads, RmsPropState state) {
    Objects.requireNonNull(rule, "rule");
    Objects.requireNonNull(state, "state");
    synchronized (lock) {
      liveness.requireOpen();
      BackendBuffer<M> p = own(params, "params");
      BackendBuffer<M> g = own(grads, "grads");
      BackendBuffer<M> v = own(state.squareAverage(), "state.squareAverage");
      BackendBuffer<M> b =
          accumulator(state.momentum().orElse(null), rule.hasMomentum(), "state.momentum");
      BackendBuffer<M> m =
          accumulator(
              state.gradientAverage().orElse(null), rule.centered(), "state.gradientAverage");
      StepArguments.check(p, g, v, b, m);
      if (rule != this.rule) {
        coefficients = rule.coefficients();
        this.rule = rule;
      }
      try { // not by watch: a step allocates nothing, not even a lambda
        queueStep(coefficients, p, g, v, b, m);
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
        LOG.log(
            WARNING,
            "{0}: {1} buffers were open at close and are freed now",
            info.name(),
            allocations.size());
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
      StepArguments.checkCopy(from, target);
      liveness.watch(() -> queueCopy(from, target));
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
      release.run();
    } catch (RuntimeException e) {
      LOG.log(DEBUG, info.name() + ": while releasing", e);
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
