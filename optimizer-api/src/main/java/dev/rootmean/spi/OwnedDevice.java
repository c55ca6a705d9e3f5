package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.DeviceLostException;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A device and the memory that was taken from it: all that there is to give back. It refers to
 * neither its backend nor their buffers, so that these can be dropped and a cleaner do the rest.
 * Its callers hold its monitor, but for {@link #close()}.
 *
 * @param <M> the device's handle of an allocation
 */
final class OwnedDevice<M> {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceBackend.class);

  /**
   * Operations that wait in the queue at most. A caller who runs ahead further waits for them, and
   * so does close, which is to end in bounded time.
   */
  private static final int MOST_QUEUED = 256;

  final DeviceCalls<M> calls;
  final Liveness liveness;
  private final String name;

  private final Set<Allocation<M>> taken = new HashSet<>();

  private int queued;

  /** What buffers and their slices share; its memory is null once it is freed. */
  static final class Allocation<M> {
    M memory;
  }

  OwnedDevice(String name, DeviceCalls<M> calls) {
    this.name = name;
    this.calls = calls;
    this.liveness = new Liveness(name);
  }

  Allocation<M> allocate(DataType type, long length) {
    Allocation<M> allocation = new Allocation<>();
    taken.add(allocation); // before the memory is taken: a full heap must not cost the device's
    try {
      allocation.memory = liveness.watch(() -> calls.allocateMemory(type, length));
      return allocation;
    } finally {
      if (allocation.memory == null) {
        taken.remove(allocation);
      }
    }
  }

  /** Frees an allocation, unless it has been. */
  void free(Allocation<M> allocation) {
    if (taken.remove(allocation)) {
      giveBack(allocation);
    }
  }

  /** Frees what nothing refers to any more, neither a buffer nor a slice of it. */
  synchronized void freeDropped(Allocation<M> allocation, String maker) {
    if (taken.contains(allocation)) {
      LOG.debug("{}: a buffer of {} was dropped without close and is freed now", name, maker);
      free(allocation);
    }
  }

  private void giveBack(Allocation<M> allocation) {
    M memory = allocation.memory;
    allocation.memory = null;
    quietly(() -> calls.free(memory));
  }

  /** Before something is queued: what is thrown here is some earlier operation's. */
  void makeRoom() {
    if (queued >= MOST_QUEUED) {
      await();
    }
    queued++;
  }

  void await() {
    try { // steps wait too, now and then, and allocate nothing: no lambda
      calls.awaitQueue();
    } catch (DeviceLostException e) {
      throw liveness.lost(e);
    }
    queued = 0;
  }

  /** Closes what nothing refers to any more. */
  synchronized void closeDropped(String maker) {
    if (!liveness.isReleased()) {
      LOG.warn("{}: the backend of {} was dropped without close and is closed now", name, maker);
      liveness.close();
      release();
    }
  }

  /** Gives everything back. Others are turned away from the first moment on, not from the last. */
  void close() {
    liveness.close();
    synchronized (this) {
      if (!liveness.isReleased()) {
        if (!taken.isEmpty()) {
          LOG.warn("{}: {} buffers were open at close and are freed now", name, taken.size());
        }
        release();
      }
    }
  }

  private void release() {
    liveness.release();
    if (!liveness.isLost()) {
      quietly(calls::awaitQueue);
    }
    for (Allocation<M> allocation : taken) {
      giveBack(allocation);
    }
    taken.clear();
    quietly(calls::releaseDevice);
  }

  /** Errors too: whatever fails, the rest is to be released. */
  private void quietly(Runnable release) {
    try {
      liveness.watch(release);
    } catch (RuntimeException | Error e) {
      LOG.debug("{}: while releasing", name, e);
    }
  }
}
