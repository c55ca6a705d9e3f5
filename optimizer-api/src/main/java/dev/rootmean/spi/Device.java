package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.ForeignMemory;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Memory and launches: all that a backend's author writes. {@link DeviceBackend} owns one and does
 * the rest. The calls come from one thread at a time, with arguments that have been checked. None
 * comes after {@link #release()}, nor, but for {@link #free} and {@link #release}, after one threw
 * {@link dev.rootmean.DeviceLostException}.
 *
 * <p>A device knows a {@link Kernel} by its text and its rows, never by what it is for. What {@link
 * Rows} hold counts in a call alone: what nobody else refers to is freed. Offsets and lengths count
 * elements. How an element is stored, {@link DataType} says; a new way is a constant there, a line
 * of the table in {@link Kernels} with its {@link KnownAnswer}, a case in {@code HostMemory}, a
 * {@code LOAD} in each language's prelude (module {@code kernels}), and in each device its arrays
 * and its host pointers.
 *
 * @param <M> the device's handle of an allocation; two allocations never have the same
 * @since 0.1.0
 */
public interface Device<M> {
  /**
   * Takes memory, filled with zeros.
   *
   * @param type the type of the elements
   * @param length the number of elements, at least 1
   * @return a handle of the memory
   */
  M allocate(DataType type, long length);

  /**
   * Makes a handle of memory that another library owns, and that the device can reach. The handle
   * keeps the memory's owner reachable.
   *
   * @param memory as its maker describes it
   * @return a handle; several of one memory are allowed
   * @throws IllegalArgumentException if it is not this device's, with what it is
   */
  default M wrap(ForeignMemory memory) {
    throw new IllegalArgumentException(memory + ": this backend wraps no memory of others");
  }

  /**
   * Gives memory back once the queue is done with it; of wrapped memory, the handle alone.
   *
   * @param memory what {@link #allocate} or {@link #wrap} returned, each once
   */
  void free(M memory);

  /**
   * Copies all that remains in the source to the device, after all that is queued, and returns when
   * the source may change; the copy may be on its way.
   *
   * @param target where to
   * @param type the type of its elements
   * @param at the first element to overwrite
   * @param source a buffer whose elements have the bits of {@code type}: one of its {@link
   *     DataType#carrier}; it has an array, or is direct and in native order
   */
  void send(M target, DataType type, long at, Buffer source);

  /**
   * Fills all that remains in the target from the device, after all that is queued.
   *
   * @param source where from
   * @param type the type of its elements
   * @param at the first element to copy
   * @param target as the source of {@link #send}
   */
  void receive(M source, DataType type, long at, Buffer target);

  /**
   * Makes memory of the host's ready to be transferred by the device itself, in its queue. Until it
   * is released it is kept reachable.
   *
   * @param memory direct, in native order, from the beginning of a page on; no other is pinned that
   *     has a page of it
   * @return its transfers; empty if they are those of any memory, by {@link #send} and {@link
   *     #receive}
   */
  default Optional<PinnedMemory<M>> pin(ByteBuffer memory) {
    return Optional.empty();
  }

  /**
   * Queues a copy of elements. It allocates nothing on the Java heap.
   *
   * @param source where from
   * @param from the first element there
   * @param target where to, of the same type, apart from the source
   * @param to the first element there
   * @param type the type of the elements
   * @param length how many
   */
  void copy(M source, long from, M target, long to, DataType type, long length);

  /**
   * Queues zeros. It allocates nothing on the Java heap.
   *
   * @param memory where to
   * @param type the type of the elements
   * @param at the first of them
   * @param length how many
   */
  void zero(M memory, DataType type, long at, long length);

  /**
   * Queues a kernel. It allocates nothing on the Java heap once the kernel was launched before.
   *
   * @param kernel what to run
   * @param numbers the kernel's numbers, in its order
   * @param rows the kernel's rows, in its order; the object is filled anew for the next launch
   */
  void launch(Kernel kernel, Numbers numbers, Rows<M> rows);

  /**
   * How many launches of one step, with the same numbers, are one to the device.
   *
   * @return 1 if each is queued alone
   */
  default int mostLaunches() {
    return 1;
  }

  /**
   * Queues a kernel for several launches at once: all of them, or none if it throws.
   *
   * @param kernel what to run, one of {@link Kernels#stepsOf}
   * @param numbers the kernel's numbers
   * @param rows the rows of each, 2 to {@link #mostLaunches()}; none writes what another one reads
   *     or writes, and whatever has another extent than its elements is the same in all
   */
  default void launch(Kernel kernel, Numbers numbers, List<Rows<M>> rows) {
    throw new UnsupportedOperationException("a device that takes one launch at a time");
  }

  /**
   * Where the queue is, for others to wait for it. Others may have it wait, too.
   *
   * @return the same at all times; 0 if there is none, as each call returns when its work is done
   */
  default long nativeQueue() {
    return 0;
  }

  /** Waits until the queue is empty and surfaces its errors. */
  void await();

  /**
   * Whether it was waited for in vain. It may still write where it was told to: no memory is freed
   * any more, and the owners of wrapped memory stay reachable until the process ends.
   *
   * @return true from then on
   */
  default boolean isHung() {
    return false;
  }

  /** Gives the device back; all memory is freed before, unless it hangs. */
  void release();
}
