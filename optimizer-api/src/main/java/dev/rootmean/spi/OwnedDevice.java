package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.DeviceLostException;
import dev.rootmean.ForeignMemory;
import java.lang.ref.Cleaner;
import java.nio.Buffer;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * A device and the memory that was taken from it: all that there is to give back. It refers to
 * neither its backend nor their buffers, so that these can be dropped and a cleaner do the rest.
 * Its callers hold its monitor, but for {@link #close()}.
 *
 * @param <M> the device's handle of an allocation
 */
final class OwnedDevice<M> {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceBackend.class);

  /** Memory that a device which hangs may still write to: nobody is to free it. */
  static final Queue<Object> LEFT = new ConcurrentLinkedQueue<>();

  private final Device<M> device;
  final Liveness liveness;
  final PinnedBuffers<M> pinned;
  private final String name;
  private final Leaks.Detail leaks = Leaks.Detail.now();
  private final String bufferDropped; // made once: a view of others' memory takes little longer
  private final Set<Allocation<M>> taken = new HashSet<>();
  private long allocations;
  private final Pending pending = new Pending();

  OwnedDevice(String name, Device<M> device) {
    this.name = name;
    this.bufferDropped = name + ": a buffer of {} was dropped without close and is freed now";
    this.device = device;
    this.liveness = new Liveness(name);
    this.pinned = new PinnedBuffers<>(this, device);
  }

  Allocation<M> allocate(DataType type, long length) {
    Allocation<M> bases = type.isInBlocks() ? new Allocation<>(null, ++allocations) : null;
    Allocation<M> allocation = new Allocation<>(null, bases, ++allocations);
    return take(
        allocation,
        () -> {
          if (bases != null) {
            bases.memory = device.allocate(DataType.INT32, Block8.count(length));
          }
          return device.allocate(type, length);
        });
  }

  Allocation<M> wrap(ForeignMemory foreign) {
    return take(new Allocation<>(foreign, ++allocations), () -> device.wrap(foreign));
  }

  private Allocation<M> take(Allocation<M> allocation, Supplier<M> memory) {
    taken.add(allocation); // before the memory is taken: a full heap must not cost the device's
    try {
      allocation.memory = memory.get();
      return allocation;
    } catch (DeviceLostException e) {
      throw lost(e);
    } finally {
      if (allocation.memory == null) {
        free(allocation);
      }
    }
  }

  /** Frees an allocation, unless it has been; whether it had not. */
  boolean free(Allocation<M> allocation) {
    if (!taken.contains(allocation)) {
      return false;
    }
    try {
      if (allocation.bases != null) {
        giveBack(allocation.bases);
      }
    } finally {
      try {
        giveBack(allocation);
      } finally {
        taken.remove(allocation);
      }
    }
    return true;
  }

  private void giveBack(Allocation<M> allocation) {
    try {
      if (allocation.memory != null && !device.isHung()) { // to free it could wait, too
        device.free(allocation.memory);
      }
    } catch (RuntimeException | Error e) {
      ignored(e);
    } finally { // whatever fails, it is never freed twice, which could end the JVM
      if (allocation.foreign != null && device.isHung()) { // perhaps only since that call
        LEFT.add(allocation.foreign);
      }
      allocation.memory = null;
      allocation.foreign = null;
    }
  }

  /** Has an allocation freed once nothing refers to its buffer any more; each slice does. */
  Cleaner.Cleanable watch(BackendBuffer<M> buffer, Allocation<M> allocation) {
    return watch(buffer, () -> freeDropped(allocation));
  }

  Cleaner.Cleanable watch(Object buffer, BooleanSupplier dropped) {
    return Leaks.watch(leaks, buffer, LOG, Level.DEBUG, bufferDropped, dropped);
  }

  private synchronized boolean freeDropped(Allocation<M> allocation) {
    return free(allocation);
  }

  /**
   * Before something is queued: what is thrown here is some earlier operation's.
   *
   * @return how many operations there have been with it
   */
  long makeRoom() {
    if (pending.isFull()) {
      await();
    }
    return pending.add();
  }

  /** Queues a launch. It counts as one too if the device is lost in it: it may be the reason. */
  void launch(Kernel kernel, Numbers numbers, Rows<M> rows) {
    makeRoom();
    try {
      device.launch(kernel, numbers, rows);
      pending.addLaunch(kernel, rows.length());
    } catch (DeviceLostException e) {
      pending.addLaunch(kernel, rows.length());
      throw lost(e);
    }
  }

  int mostLaunches() {
    return device.mostLaunches();
  }

  /** Queues launches together, as one. */
  void launch(Kernel kernel, Numbers numbers, List<Rows<M>> rows) {
    makeRoom();
    try {
      device.launch(kernel, numbers, rows);
      pending.addLaunch(kernel, Rows.length(rows));
    } catch (DeviceLostException e) {
      pending.addLaunch(kernel, Rows.length(rows));
      throw lost(e);
    }
  }

  void send(MemoryRange<M> target, long offset, Buffer source) {
    if (source.hasRemaining()) { // otherwise the device is not even asked
      makeRoom();
    }
    DataType type = target.dataType();
    long from = target.offset() + offset;
    try {
      HostMemory.send(
          source, type, from, (at, part) -> device.send(target.memory(), type, at, part));
    } catch (DeviceLostException e) {
      throw lost(e);
    }
  }

  void receive(MemoryRange<M> source, long offset, Buffer target) {
    DataType type = source.dataType();
    boolean waits = target.hasRemaining(); // otherwise the device is not even asked
    long from = source.offset() + offset;
    try {
      HostMemory.receive(
          target, type, from, (at, part) -> device.receive(source.memory(), type, at, part));
    } catch (DeviceLostException e) {
      throw lost(e);
    }
    if (waits) {
      pending.clear();
    }
  }

  /** Copies all of the source to a part of the target, from its element {@code at} on. */
  void copy(MemoryRange<M> source, MemoryRange<M> target, long at) {
    makeRoom();
    try {
      device.copy(
          source.memory(),
          source.offset(),
          target.memory(),
          target.offset() + at,
          source.dataType(),
          source.length());
    } catch (DeviceLostException e) {
      throw lost(e);
    }
  }

  void zero(MemoryRange<M> range) {
    makeRoom();
    try {
      device.zero(range.memory(), range.dataType(), range.offset(), range.length());
    } catch (DeviceLostException e) {
      throw lost(e);
    }
  }

  long nativeQueue() {
    return device.nativeQueue();
  }

  void await() {
    try {
      device.await();
    } catch (DeviceLostException e) {
      throw lost(e);
    }
    pending.clear();
  }

  /** After the first so many operations have come to their end, in the queue's order. */
  void done(long operations) {
    pending.done(operations);
  }

  /**
   * Remembers that the device is lost, before all else, as the heap may be full. Then says what was
   * queued, for an error is told late.
   */
  DeviceLostException lost(DeviceLostException e) {
    boolean isFirst = liveness.lost(e);
    if (!isFirst || e.nativeCode() == 0 || !pending.hasLaunches()) {
      return e;
    }
    DeviceLostException late =
        new DeviceLostException(
            name,
            e.operation(),
            e.nativeCode(),
            e.nativeCodeName(),
            e.reason() + "; reported after " + pending,
            e);
    liveness.explain(late);
    return late;
  }

  /** Has all be given back once nothing refers to the backend any more, nor to its buffers. */
  Cleaner.Cleanable watch(DeviceBackend<M> backend) {
    String message = name + ": the backend of {} was dropped without close and is closed now";
    return Leaks.watch(leaks, backend, LOG, Level.WARN, message, this::closeDropped);
  }

  private boolean closeDropped() {
    boolean isDropped = !liveness.isClosed();
    release();
    return isDropped;
  }

  /** Gives everything back. */
  void close() {
    int open = release();
    if (open > 0) {
      LOG.warn("{}: {} buffers were open at close and are freed now", name, open);
    }
  }

  /**
   * Gives back what has not been; how many buffers were open. Others are turned away from the first
   * moment on, not from the last. If an Error stops it, the next call goes on with it.
   */
  private int release() {
    liveness.close();
    synchronized (this) {
      if (liveness.isReleased()) {
        return 0;
      }
      if (!liveness.isLost()) {
        try {
          device.await();
        } catch (RuntimeException | Error e) {
          ignored(e);
        }
      }
      int open = taken.size() + pinned.release();
      while (!taken.isEmpty()) {
        free(taken.iterator().next());
      }
      try {
        device.release();
      } catch (RuntimeException | Error e) {
        ignored(e);
      }
      liveness.release();
      return open;
    }
  }

  /** Whatever fails, the rest is to be released; what is lost is known as such. */
  void ignored(Throwable e) {
    if (e instanceof DeviceLostException lost) {
      lost(lost);
    }
    LOG.debug("{}: while releasing", name, e);
  }
}
