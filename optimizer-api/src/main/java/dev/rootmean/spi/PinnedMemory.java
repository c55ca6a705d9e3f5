package dev.rootmean.spi;

import dev.rootmean.DataType;

/**
 * Memory of the host that a {@link Device} has transfers of in its queue: see {@link Device#pin}.
 * The calls come as those of the device do.
 *
 * @param <M> the device's handle of an allocation
 * @since 0.1.0
 */
public interface PinnedMemory<M> {
  /**
   * Queues a copy of all of it to the device.
   *
   * @param target where to
   * @param type the type of the elements
   * @param at the first element to overwrite
   */
  void send(M target, DataType type, long at);

  /**
   * Queues a copy to all of it from the device.
   *
   * @param source where from
   * @param type the type of the elements
   * @param at the first element to copy
   */
  void receive(M source, DataType type, long at);

  /** Waits until its copies are done, and surfaces errors of the queue. */
  void await();

  /** Ends its use, after its copies. */
  void release();
}
