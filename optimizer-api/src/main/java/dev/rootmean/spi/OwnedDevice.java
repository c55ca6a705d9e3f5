package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.DeviceLostException;
import dev.rootmean.events.FlightRecording;
import dev.rootmean.events.StepEvent;
import dev.rootmean.events.TransferEvent;
import java.lang.ref.Cleaner;
import java.nio.Buffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
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
  final TakenMemory<M> taken;
  final PinnedBuffers<M> pinned;
  final String name;
  private final Leaks.Detail leaks = Leaks.Detail.now();

  /** Made once: a view of others' memory takes little longer. */
  private final Leaks.Told bufferDropped;

  /** Of what was open at close, if that is recorded. */
  private long openBytes;

  private final Pending pending = new Pending();

  OwnedDevice(String name, Device<M> device) {
    this.name = name;
    this.bufferDropped =
        new Leaks.Told(
            LOG, Level.DEBUG, name + ": a buffer", " was dropped without close and is freed now");
    this.device = device;
    this.liveness = new Liveness(name);
    this.taken = new TakenMemory<>(this, device);
    this.pinned = new PinnedBuffers<>(this, device);
  }

  /** Has an allocation freed once nothing refers to its buffer any more; each slice does. */
  Cleaner.Cleanable watch(BackendBuffer<M> buffer, Allocation<M> allocation) {
    return watch(buffer, allocation.bytes, () -> freeDropped(allocation));
  }

  Cleaner.Cleanable watch(Object buffer, long bytes, BooleanSupplier dropped) {
    return Leaks.watch(leaks, buffer, bufferDropped, bytes, dropped);
  }

  private synchronized boolean freeDropped(Allocation<M> allocation) {
    return taken.free(allocation);
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
    if (FlightRecording.wantsSteps() && Kernels.isStep(kernel)) {
      StepEvent event = FlightRecording.step();
      queue(kernel, numbers, rows);
      record(event, kernel, 1, isTable(kernel) ? rows.length() * rows.width() : rows.length());
    } else {
      queue(kernel, numbers, rows);
    }
  }

  private void queue(Kernel kernel, Numbers numbers, Rows<M> rows) {
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
    if (FlightRecording.wantsSteps()) { // only steps are launched so
      StepEvent event = FlightRecording.step();
      queue(kernel, numbers, rows);
      record(event, kernel, rows.size(), Rows.length(rows));
    } else {
      queue(kernel, numbers, rows);
    }
  }

  private void record(StepEvent event, Kernel kernel, int tensors, long elements) {
    if (event != null) { // a recording may have ended meanwhile
      long bytes = isTable(kernel) ? 0 : kernel.bytesAnElement() * elements;
      event.record(name, kernel.name(), tensors, elements, bytes);
    }
  }

  private static boolean isTable(Kernel kernel) {
    return kernel.shape() == Kernel.Shape.EACH_ROW;
  }

  private void queue(Kernel kernel, Numbers numbers, List<Rows<M>> rows) {
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
    TransferEvent event = source.hasRemaining() ? FlightRecording.transfer() : null;
    long bytes = (long) source.remaining() * type.bytes();
    try {
      HostMemory.send(
          source, type, from, (at, part) -> device.send(target.memory(), type, at, part));
      if (event != null) {
        event.record(name, TransferEvent.TO_DEVICE, "pageable", bytes);
      }
    } catch (DeviceLostException e) {
      throw lost(e);
    }
  }

  void receive(MemoryRange<M> source, long offset, Buffer target) {
    DataType type = source.dataType();
    boolean waits = target.hasRemaining(); // otherwise the device is not even asked
    long from = source.offset() + offset;
    TransferEvent event = waits ? FlightRecording.transfer() : null;
    long bytes = (long) target.remaining() * type.bytes();
    try {
      HostMemory.receive(
          target, type, from, (at, part) -> device.receive(source.memory(), type, at, part));
      if (event != null) {
        event.record(name, TransferEvent.TO_HOST, "pageable", bytes);
      }
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
    Leaks.Told told =
        new Leaks.Told(
            LOG,
            Level.WARN,
            name + ": the backend",
            " was dropped without close and is closed now");
    return Leaks.watch(leaks, backend, told, 0, this::closeDropped);
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
      FlightRecording.leak(name + ": buffers, open at close", open, openBytes, Leaks.UNKNOWN);
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
      if (FlightRecording.wantsLeaks()) {
        openBytes = taken.bytes() + pinned.bytes();
      }
      int open = taken.count() + pinned.release();
      taken.free();
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
