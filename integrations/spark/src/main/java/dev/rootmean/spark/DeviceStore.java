package dev.rootmean.spark;

import dev.rootmean.DeviceLostException;
import dev.rootmean.DeviceOutOfMemoryException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shards that this process has on its device. It is a cache in front of the lineage: what is
 * not here is computed again, from the last checkpoint on if need be.
 */
final class DeviceStore {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceStore.class);

  private static final Map<Key, ShardMemory> SHARDS = new HashMap<>();

  private record Key(String run, int shard) {}

  private DeviceStore() {}

  /**
   * Does something with a shard, when no other task does. If the device has no room, what nobody
   * uses makes some; if that is not enough, the shard goes on on the CPU, by the same bits.
   */
  static <R> R use(Plan plan, int shard, Function<ShardMemory, R> work) {
    ShardMemory memory;
    synchronized (SHARDS) {
      memory = SHARDS.computeIfAbsent(new Key(plan.run(), shard), key -> new ShardMemory());
    }
    try {
      memory.lock().lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("shard " + shard + " was waited for", e);
    }
    try {
      memory.requireOpen();
      return withRoom(memory, shard, work);
    } catch (DeviceLostException e) {
      ExecutorBackend.afterLoss(e);
      throw e;
    } finally {
      memory.lock().unlock();
    }
  }

  private static <R> R withRoom(ShardMemory memory, int shard, Function<ShardMemory, R> work) {
    try {
      return work.apply(memory);
    } catch (DeviceOutOfMemoryException e) {
      LOG.warn("no room for shard {}, so that others give theirs: {}", shard, e.getMessage());
      clear();
    }
    try {
      return work.apply(memory);
    } catch (DeviceOutOfMemoryException e) {
      LOG.warn("still no room for shard {}, which goes on on the CPU: {}", shard, e.getMessage());
      memory.moveTo(ExecutorBackend.LAST_RESORT);
    }
    return work.apply(memory);
  }

  /** Frees what no other task uses at the moment. */
  static void clear() {
    List<ShardMemory> all;
    synchronized (SHARDS) {
      all = new ArrayList<>(SHARDS.values());
    }
    for (ShardMemory memory : all) {
      if (memory.lock().tryLock()) {
        try {
          memory.clear();
        } finally {
          memory.lock().unlock();
        }
      }
    }
  }

  /** Frees a training that has ended. */
  static void forget(String run) {
    List<ShardMemory> removed = new ArrayList<>();
    synchronized (SHARDS) {
      SHARDS
          .entrySet()
          .removeIf(entry -> entry.getKey().run().equals(run) && removed.add(entry.getValue()));
    }
    for (ShardMemory memory : removed) {
      memory.lock().lock();
      try {
        memory.clear();
      } finally {
        memory.lock().unlock();
      }
    }
  }
}
