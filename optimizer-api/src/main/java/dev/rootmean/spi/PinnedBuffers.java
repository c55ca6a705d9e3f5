package dev.rootmean.spi;

import dev.rootmean.DeviceLostException;
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

    /** Null before it is pinned, and once it is released. */
    private PinnedMemory<M> memory;

    private Pinned(ByteBuffer bytes) {
      this.bytes = bytes;
    }

    boolean isReleased() {
      return memory == null;
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
      pinned.memory = device.pin(bytes);
      return pinned;
    } catch (DeviceLostException e) {
      throw owner.lost(e);
    } finally {
      if (pinned.isReleased()) {
        taken.remove(pinned);
      }
    }
  }

  void send(MemoryRange<M> target, Pinned<M> source) {
    owner.makeRoom();
    try {
      source.memory.send(target.memory(), target.dataType(), target.offset());
    } catch (DeviceLostException e) {
      throw owner.lost(e);
    }
  }

  void receive(MemoryRange<M> source, Pinned<M> target) {
    owner.makeRoom();
    try {
      target.memory.receive(source.memory(), source.dataType(), source.offset());
    } catch (DeviceLostException e) {
      throw owner.lost(e);
    }
  }

  void await(Pinned<M> pinned) {
    try {
      pinned.memory.await();
    } catch (DeviceLostException e) {
      throw owner.lost(e);
    }
  }

  /** Releases one, unless it has been; whether it had not. */
  boolean release(Pinned<M> pinned) {
    if (!taken.contains(pinned)) {
      return false;
    }
    try {
      if (!device.isHung()) {
        pinned.memory.release();
      } else {
        OwnedDevice.LEFT.add(pinned.bytes);
      }
    } catch (RuntimeException | Error e) {
      OwnedDevice.LEFT.add(pinned.bytes); // a copy may be under way, and its pages still pinned
      owner.ignored(e);
    } finally {
      pinned.memory = null;
      taken.remove(pinned);
    }
    return true;
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
    return owner.watch(buffer, () -> releaseDropped(pinned));
  }

  private boolean releaseDropped(Pinned<M> pinned) {
    synchronized (owner) {
      return release(pinned);
    }
  }
}
