package dev.rootmean;

/**
 * What goes around all that an optimizer queues at a time: its turn between two turns of another
 * library's queue. There is one object for all turns, as a step allocates nothing.
 */
final class QueueTurn implements AutoCloseable {
  private final OptimizerBackend backend;
  private final ForeignQueue queue;
  private long nativeQueue;

  /**
   * Makes an object for the turns in a backend's queue.
   *
   * @param queue null if there is no other to take turns with
   */
  QueueTurn(OptimizerBackend backend, ForeignQueue queue) {
    this.backend = backend;
    this.queue = queue;
  }

  /** Begins a turn, which ends when what is given is closed. */
  QueueTurn begin() {
    if (queue != null) {
      nativeQueue = backend.nativeQueue();
      queue.beforeStep(nativeQueue);
    }
    return this;
  }

  @Override
  public void close() {
    if (queue != null) {
      queue.afterStep(nativeQueue);
    }
  }
}
