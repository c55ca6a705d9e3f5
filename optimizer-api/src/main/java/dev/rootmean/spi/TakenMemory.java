package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.DeviceLostException;
import dev.rootmean.ForeignMemory;
import dev.rootmean.events.AllocationEvent;
import dev.rootmean.events.FlightRecording;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The memory that was taken from a device, or that others have lent, until it is given back. Its
 * callers hold the device's monitor.
 *
 * @param <M> the device's handle of an allocation
 */
final class TakenMemory<M> {
  private final OwnedDevice<M> owner;
  private final Device<M> device;
  private final Set<Allocation<M>> taken = new HashSet<>();
  private long allocations;

  TakenMemory(OwnedDevice<M> owner, Device<M> device) {
    this.owner = owner;
    this.device = device;
  }

  Allocation<M> allocate(DataType type, long length) {
    long ofBases = type.isInBlocks() ? DataType.INT32.bytes(Block8.count(length)) : 0;
    Allocation<M> bases =
        type.isInBlocks() ? new Allocation<>(null, null, ofBases, ++allocations) : null;
    long bytes = type.bytes(length) + ofBases;
    Allocation<M> allocation = new Allocation<>(null, bases, bytes, ++allocations);
    AllocationEvent event = FlightRecording.allocation();
    take(
        allocation,
        () -> {
          if (bases != null) {
            bases.memory = device.allocate(DataType.INT32, Block8.count(length));
          }
          return device.allocate(type, length);
        });
    if (event != null) {
      event.record(owner.name, "device", bytes);
    }
    return allocation;
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
      throw owner.lost(e);
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
      owner.ignored(e);
    } finally { // whatever fails, it is never freed twice, which could end the JVM
      if (allocation.foreign != null && device.isHung()) { // perhaps only since that call
        OwnedDevice.LEFT.add(allocation.foreign);
      }
      allocation.memory = null;
      allocation.foreign = null;
    }
  }

  /** How many bytes of the device's own it is. */
  long bytes() {
    return taken.stream().mapToLong(allocation -> allocation.bytes).sum();
  }

  /** How many allocations it is. */
  int count() {
    return taken.size();
  }

  /** Frees all. */
  void free() {
    while (!taken.isEmpty()) {
      free(taken.iterator().next());
    }
  }
}
