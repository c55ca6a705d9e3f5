package dev.rootmean;

import java.util.List;

/**
 * A device that holds parameters, gradients and accumulators, and steps them by RMSProp in one
 * fused pass. {@link Backends} opens one.
 *
 * <p>A backend has one in-order queue. {@link #step} may return before the device is done, unless
 * some hundred operations wait in the queue already, and so may {@link DeviceBuffer#write write},
 * once what it took may change. Every {@link DeviceBuffer#read read}, but of a {@link HostBuffer},
 * and {@link #synchronize} waits for what came before it and surfaces its errors. The first use of
 * a {@link Precision} or of a decision compiles what it needs, tries that on steps whose results
 * are known, and waits for it. Any thread may use a backend; calls from several threads take turns.
 *
 * <p>Closing a backend closes its buffers. After that every call on it or on them that needs the
 * device throws {@link IllegalStateException}. If the device was lost, each of them throws {@link
 * DeviceLostException}. {@code close} always works.
 *
 * @since 0.1.0
 */
public interface OptimizerBackend extends AutoCloseable {
  /**
   * Says what this backend runs on.
   *
   * @return name, device, memory, and whether its bits are exact
   */
  BackendInfo info();

  /**
   * Takes memory on the device, filled with zeros.
   *
   * @param type the type of the elements
   * @param length the number of elements, at least 1
   * @return a buffer that this backend owns
   * @throws IllegalArgumentException if {@code length} is less than 1
   * @throws BackendException if the device does not compute in what the type is computed in
   * @throws DeviceOutOfMemoryException if the device has too little memory left; what is already
   *     allocated is untouched, and the call can be tried again with less
   */
  DeviceBuffer allocate(DataType type, long length);

  /**
   * Makes a buffer of memory that another library owns, such as a tensor: nothing is copied, and
   * steps read and write it where it is. It is used as any other buffer, but for accumulators.
   * Closing it closes the view alone, and before that the owner must neither be closed nor move.
   *
   * <p>What the other library does with the memory must be done before a step, and a step done
   * before the other library goes on: call {@link #synchronize()} in between, or have its queue
   * ordered with {@link #nativeQueue()}.
   *
   * @param memory on this backend's device
   * @return a buffer that keeps the memory's owner reachable until it is closed or dropped
   * @throws IllegalArgumentException if the memory is not this backend's device's
   * @throws BackendException if the device does not compute in what the type is computed in
   */
  DeviceBuffer wrap(ForeignMemory memory);

  /**
   * Takes memory of the host, filled with zeros, that this backend transfers while the host goes
   * on. On CUDA it is page-locked, and so no longer free for other programs; on the others it is
   * plain direct memory, and their transfers are over when they return.
   *
   * @param type the type of the elements
   * @param length the number of elements, at least 1; together below 2 GiB
   * @return to be closed before this backend, or with it
   * @throws IllegalArgumentException if {@code length} is out of range
   * @throws DeviceOutOfMemoryException if the JVM or the driver has too little memory left
   */
  HostBuffer allocateHost(DataType type, long length);

  /**
   * Whether this backend can step in a buffer.
   *
   * @param buffer of any backend
   * @return whether this backend allocated or wrapped it, and it is open
   */
  boolean owns(DeviceBuffer buffer);

  /**
   * Updates the parameters and the accumulators from the gradients, as {@link RmsProp} defines; the
   * gradients are left as they are. All buffers have one length, belong to this backend and do not
   * overlap. Their types, and how the state rounds, are those of a {@link Precision}. A step that
   * throws leaves parameters and accumulators as before or as after it, never mixed; if it throws
   * one of the exceptions below, as before.
   *
   * @param rule the hyperparameters
   * @param params the parameters, updated
   * @param grads the gradient of each parameter
   * @param state the accumulators, updated; made for a rule with the same {@link RmsProp#momentum()
   *     momentum} (some or none) and the same {@link RmsProp#centered() centered}
   * @throws IllegalArgumentException if buffers differ in length, have types that do not go
   *     together, overlap, belong to another backend, or the state does not fit the rule
   * @throws IllegalStateException if the backend or a buffer is closed, or the state's {@link
   *     RmsPropState#attempt(long) attempt} was rounded by already
   * @throws BackendException if the device cannot do it. Before the first step of a {@link
   *     Precision}, and by a decision, this backend tries steps whose results are known, and throws
   *     this if the device gives other bits
   * @throws DeviceOutOfMemoryException if there is no memory for that trial
   */
  void step(RmsProp rule, DeviceBuffer params, DeviceBuffer grads, RmsPropState state);

  /**
   * Makes gradients of some rows of a table, without any yet. Memory is taken as they come.
   *
   * @param type {@link DataType#FLOAT32} or {@link DataType#FLOAT64}, as the table is computed in
   * @param rows how many the table has, 1 to 2^31 - 1
   * @param width the elements of a row, at least 1
   * @return to be closed before this backend, or with it
   * @throws IllegalArgumentException if the type is another one, or a number out of range
   * @throws BackendException if the device does not compute in the type
   */
  RowGradients allocateRows(DataType type, long rows, int width);

  /**
   * Steps the rows of a table that have gradients, as {@link #step(RmsProp, DeviceBuffer,
   * DeviceBuffer, RmsPropState)} would, and leaves all others as they are: see {@link
   * RowGradients}. Without any, nothing changes. The gradients stay, to be {@link
   * RowGradients#clear cleared} for the next ones. The state's random bits are of an element's
   * place in the table.
   *
   * @param rule the hyperparameters
   * @param params the table, one row behind the other
   * @param grads gradients of some of its rows
   * @param state the accumulators of the whole table
   * @throws IllegalArgumentException if the table, or the state, has another length, types do not
   *     go together, buffers overlap or belong to another backend, or the state does not fit the
   *     rule
   * @throws IllegalStateException as the other method does
   * @throws BackendException as the other method does
   * @throws DeviceOutOfMemoryException if there is no memory for sums, or what is sent for them
   */
  void stepRows(RmsProp rule, DeviceBuffer params, RowGradients grads, RmsPropState state);

  /**
   * The same by what a decision's policy makes of the gradients. What it is to measure is {@link
   * RowGradients#sums}.
   *
   * @param rule the hyperparameters
   * @param params the table, one row behind the other
   * @param grads gradients of some of its rows
   * @param state the accumulators of the whole table
   * @param decision what the last {@link #measure} decided
   * @throws IllegalArgumentException as the other method does, and if the decision is of another
   *     type or of another backend
   */
  void stepRows(
      RmsProp rule,
      DeviceBuffer params,
      RowGradients grads,
      RmsPropState state,
      GradientDecision decision);

  /**
   * Makes a step of several tensors.
   *
   * @return a step without any tensor yet
   */
  MultiTensorStep multiTensorStep();

  /**
   * Sums the squares of gradients and decides by the decision's {@link GradientPolicy}, on the
   * device. The outcome stays there for the steps that are given the decision; the gradients are
   * left as they are.
   *
   * @param grads the gradients, as long as the decision was allocated for, or shorter
   * @param decision of this backend, allocated for gradients of this type
   * @throws IllegalArgumentException if the decision is too small, of another type or of another
   *     backend
   */
  void measure(DeviceBuffer grads, GradientDecision decision);

  /**
   * As {@link #measure(DeviceBuffer, GradientDecision)}, of the gradients of several buffers
   * together: in the order of the list, each beginning with a chunk of its own, as {@link
   * GradientPolicy} says.
   *
   * @param grads of one type, at least one buffer
   * @param decision allocated for so many whole chunks
   * @throws IllegalArgumentException as the other method does, and if there are none, or types
   *     differ
   */
  void measure(List<DeviceBuffer> grads, GradientDecision decision);

  /**
   * Steps like {@link #step(RmsProp, DeviceBuffer, DeviceBuffer, RmsPropState)}, but by what the
   * decision's policy makes of the gradients: without the loss scale, averaged and clipped. If the
   * policy skips the step, nothing is changed.
   *
   * @param rule the hyperparameters
   * @param params the parameters, updated
   * @param grads the gradient of each parameter
   * @param state the accumulators, updated
   * @param decision what the last {@link #measure} decided; before that, only the loss scale, the
   *     micro-batches and the clipping of values count
   * @throws IllegalArgumentException as the other method does, and if the decision is of another
   *     type or of another backend
   */
  void step(
      RmsProp rule,
      DeviceBuffer params,
      DeviceBuffer grads,
      RmsPropState state,
      GradientDecision decision);

  /**
   * Where this backend's queue is, for who has another one wait for it, or it for another one: see
   * {@link ForeignQueue}. On CUDA it is in the device's primary context. A queue that the backend
   * has made is for others to mark and to let wait, and for nothing else.
   *
   * @return the address of a {@code CUstream} on CUDA and of a {@code cl_command_queue} on OpenCL,
   *     the same until the backend is closed; 0 if there is none, as each call returns when its
   *     work is done
   * @throws IllegalStateException if the backend is closed
   */
  long nativeQueue();

  /** Waits until the device has done all that was asked of it. */
  void synchronize();

  /**
   * Waits for the queue, frees all buffers, and gives the device back. Buffers that were still open
   * are counted in a log line. Never throws; a second call does nothing.
   */
  @Override
  void close();
}
