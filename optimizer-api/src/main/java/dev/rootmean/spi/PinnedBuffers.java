package dev.rootmean.spi;

import dev.rootmean.DeviceLostException;
import dev.rootmean.events.AllocationEvent;
import dev.rootmean.events.FlightRecording;
import dev.rootmean.events.TransferEvent;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/**
 * The host's memory that a device transfers by itself. It is kept until it is released, whatever
 * refers to its buffers: to collect it before would let the device write to what is others' by
 * then. Its callers hold the device's monitor.
 *
 * @param <M> the device's handle of an allocation
 */
final class PinnedBuffers<M> {
  /** A buffer's memory. */
  static final class Pinned<M> {
    final ByteBuffer bytes;

    /** Null if its transfers are those of any memory. */
    private PinnedMemory<M> memory;

    private boolean isReleased = true; // until it is pinned

    /** How many operations there were with its last transfer that was queued. */
    private long last;

    private Pinned(ByteBuffer bytes) {
      this.bytes = bytes;
    }

    boolean isReleased() {
      return isReleased;
    }
  }

  private final OwnedDevice<M> owner;
  private final Device<M> device;
  private final Set<Pinned<M>> taken = new HashSet<>();

  PinnedBuffers(OwnedDevice<M> owner, Device<M> device) {
    this.owner = owner;
    this.device = device;
  }

  Pinned<M> pin(ByteBuffer bytes) {
    Pinned<M> pinned = new Pinned<>(bytes);
    taken.add(pinned); // before it is pinned: a full heap must not leave it so
    try {
      AllocationEvent event = FlightRecording.allocation();
      pinned.memory = device.pin(bytes).orElse(null);
      pinned.isReleased = false;
      if (event != null) {
        event.record(owner.name, "host", bytes.capacity());
      }
      return pinned;
    } catch (DeviceLostException e) {
      throw owner.lost(e);
    } finally {
      if (pinned.isReleased) {
        taken.remove(pinned);
      }
    }
  }

  void send(MemoryRange<M> target, Pinned<M> source) {
    if (source.memory == null) {
      owner.send(target, 0, target.dataType().elements(source.bytes));
      return;
    }
    long operations = owner.makeRoom();
    TransferEvent event = FlightRecording.transfer();
    try {
      source.memory.send(target.memory(), target.dataType(), target.offset());
      source.last = operations;
      if (event != null) {
        event.record(owner.name, TransferEvent.TO_DEVICE, "page-locked", source.bytes.capacity());
      }
    } catch (DeviceLostException e) {
      throw owner.lost(e);
    }
  }

  void receive(MemoryRange<M> source, Pinned<M> target) {
    if (target.memory == null) {
      owner.receive(source, 0, source.dataType().elements(target.bytes));
      return;
    }
    long operations = owner.makeRoom();
    TransferEvent event = FlightRecording.transfer();
    try {
      target.memory.receive(source.memory(), source.dataType(), source.offset());
      target.last = operations;
      if (event != null) {
        event.record(owner.name, TransferEvent.TO_HOST, "page-locked", target.bytes.capacity());
      }
    } catch (DeviceLostException e) {
      throw owner.lost(e);
    }
  }

  void await(Pinned<M> pinned) {
    if (pinned.memory == null) {
      return; // its transfers were done when they returned
    }
    try {
      pinned.memory.await();
    } catch (DeviceLostException e) {
      throw owner.lost(e);
    }
    owner.done(pinned.last);
  }

  /** Releases one, unless it has been; whether it had not. */
  boolean release(Pinned<M> pinned) {
    if (!taken.contains(pinned)) {
      return false;
    }
    try {
      if (device.isHung()) {
        OwnedDevice.LEFT.add(pinned.bytes);
      } else if (pinned.memory != null) {
        pinned.memory.release();
      }
    } catch (RuntimeException | Error e) {
      OwnedDevice.LEFT.add(pinned.bytes); // a copy may be under way, and its pages still pinned
      owner.ignored(e);
    } finally {
      pinned.isReleased = true;
      taken.remove(pinned);
    }
    return true;
  }

  /** How many all of them are. */
  long bytes() {
    return taken.stream().mapToLong(pinned -> pinned.bytes.capacity()).sum();
  }

  /** Releases all; how many there were. */
  int release() {
    int open = taken.size();
    while (!taken.isEmpty()) {
      release(taken.iterator().next());
    }
    return open;
  }

  /** Has one released once nothing refers to its buffer any more. */
  Cleaner.Cleanable watch(BackendHostBuffer<M> buffer, Pinned<M> pinned) {
    return owner.watch(buffer, pinned.bytes.capacity(), () -> releaseDropped(pinned));
  }

  private boolean releaseDropped(Pinned<M> pinned) {
    synchronized (owner) {
      return release(pinned);
    }
  }
}
