package dev.rootmean;

/**
 * The queue in which another library works on memory that an {@link Optimizer} steps: a framework's
 * stream. An adapter implements this with the framework's own events, and {@link
 * OptimizerBuilder#orderedWith} takes it. Without one nobody knows of that queue: gradients may be
 * read before they are complete, and parameters before they are stepped.
 *
 * <p>An event is a mark in a queue. One queue is told to wait for a mark in the other, and the host
 * waits for neither. On CUDA that is
 *
 * <pre>{@code
 * final class OrderedWithMyStream implements ForeignQueue {
 *   public void beforeStep(long nativeQueue) {
 *     record(event, mine);                   // cuEventRecord: all that is queued in mine so far
 *     await(stream(nativeQueue), event);     // cuStreamWaitEvent: ours goes on after that
 *   }
 *
 *   public void afterStep(long nativeQueue) {
 *     record(event, stream(nativeQueue));    // the step is queued
 *     await(mine, event);                    // what is queued in mine from now on comes after it
 *   }
 * }
 * }</pre>
 *
 * <p>In libtorch it is {@code event.record(mine); event.block(ours)} and the mirror image, where
 * {@code ours} is {@code getStreamFromExternal} of the address. One event is enough: who waits for
 * a mark waits for the one that was there when it was told to. On OpenCL {@code
 * clEnqueueMarkerWithWaitList} makes the mark, {@code clEnqueueBarrierWithWaitList} in the other
 * queue waits for it, and the marked queue is to be flushed, or the mark may never come.
 *
 * <p>None is needed where the order is right by itself: for work in CUDA's legacy default stream,
 * and in the OpenCL queue that a backend was opened with. It orders what an optimizer queues; for
 * reads and writes of a buffer, and steps of a backend without an optimizer, wait on the host.
 *
 * <p>Both methods are called by the thread that called the optimizer, and are to allocate nothing
 * if its steps are not to. They leave the thread's current CUDA context as it was.
 *
 * @since 0.1.0
 */
public interface ForeignQueue {
  /**
   * Has a queue wait for all that the framework has queued. It is called before anything of a step,
   * of a micro-batch or of {@link Optimizer#zeroGradients()} is queued; if it throws, nothing has
   * changed.
   *
   * @param nativeQueue {@link OptimizerBackend#nativeQueue()}; 0 if the step is done when its call
   *     returns, so that the host has to wait for the framework here
   */
  void beforeStep(long nativeQueue);

  /**
   * Has the framework wait for all that is in a queue. It is called after the last of what is
   * queued, once for each {@link #beforeStep} that did not throw, also if the step did: its
   * exception is the one that the caller sees, and one of this method is suppressed. After a {@link
   * DeviceLostException} the address is still good, but the driver may refuse every call. If this
   * alone throws, the step was made, and the caller sees that exception.
   *
   * @param nativeQueue as before; with 0 there is nothing to wait for
   */
  void afterStep(long nativeQueue);
}
