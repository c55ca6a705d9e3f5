package dev.rootmean.spi;

import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.GradientPolicy;
import java.nio.Buffer;

/**
 * What a backend does on its device, and nothing else: {@link DeviceBackend} owns one, and does the
 * rest. The calls come from one thread at a time, with arguments that have been checked: ranges are
 * of open buffers, this device's own, of one length and type, and do not overlap. None comes after
 * {@link #releaseDevice()}, nor, but for {@link #free} and {@link #releaseDevice()}, after one
 * threw {@link dev.rootmean.DeviceLostException}. A device keeps no reference to a range beyond a
 * call: what nobody else refers to is freed.
 *
 * @param <M> the backend's handle of an allocation
 */
public interface DeviceCalls<M> {
  /**
   * Takes memory, filled with zeros.
   *
   * @param type the type of the elements
   * @param length the number of elements, at least 1
   * @return a handle of the memory
   */
  M allocateMemory(DataType type, long length);

  /**
   * Gives memory back once the queue is done with it.
   *
   * @param memory what {@link #allocateMemory} returned, each once
   */
  void free(M memory);

  /**
   * Copies all that remains in the source to the device, and returns when it is there.
   *
   * @param target where to
   * @param offset the first element of {@code target} to overwrite
   * @param source a {@link java.nio.FloatBuffer} or a {@link java.nio.DoubleBuffer}, as {@code
   *     target} has floats or doubles; it has an array, or is direct and in native order
   */
  void copyToDevice(MemoryRange<M> target, long offset, Buffer source);

  /**
   * Fills all that remains in the target from the device, after all that is queued.
   *
   * @param source where from
   * @param offset the first element of {@code source} to copy
   * @param target as the source of {@link #copyToDevice}
   */
  void copyFromDevice(MemoryRange<M> source, long offset, Buffer target);

  /**
   * Queues a copy of a whole buffer to another one.
   *
   * @param source where from
   * @param target where to, of the same length and type, apart from {@code source}
   */
  void queueCopy(MemoryRange<M> source, MemoryRange<M> target);

  /**
   * Queues zeros for a whole buffer.
   *
   * @param target where to
   */
  void queueZero(MemoryRange<M> target);

  /**
   * Queues the addition of a whole buffer to another one.
   *
   * @param addend what to add
   * @param target what to add it to, of the same length and type, apart from {@code addend}
   */
  void queueAdd(MemoryRange<M> addend, MemoryRange<M> target);

  /**
   * Queues the sum of squares and the decision that {@link GradientPolicy} defines. Allocates
   * nothing on the Java heap.
   *
   * @param policy decides
   * @param grads the gradients
   * @param decision laid out as {@link dev.rootmean.GradientDecision} says, updated
   */
  void queueMeasure(GradientPolicy policy, MemoryRange<M> grads, MemoryRange<M> decision);

  /**
   * Queues one step, as {@link dev.rootmean.RmsProp} defines it. Allocates nothing on the Java
   * heap.
   *
   * @param k the coefficients
   * @param params the parameters
   * @param grads the gradients
   * @param squareAverage the square average
   * @param momentum the momentum, null for a rule without
   * @param gradientAverage the gradient average, null unless centered
   * @param decision what a {@link GradientPolicy} has decided, null for gradients as they are
   */
  void queueStep(
      Coefficients k,
      MemoryRange<M> params,
      MemoryRange<M> grads,
      MemoryRange<M> squareAverage,
      MemoryRange<M> momentum,
      MemoryRange<M> gradientAverage,
      MemoryRange<M> decision);

  /** Waits until the queue is empty and surfaces its errors. */
  void awaitQueue();

  /** Gives the device back; all memory is freed before. */
  void releaseDevice();
}
