package dev.rootmean;

import java.nio.ByteBuffer;

/**
 * Elements in the host's memory that a backend transfers while the host goes on: gradients that the
 * host computes, parameters that it uses. {@link OptimizerBackend#allocateHost} makes one. Where
 * the device can, it reads and writes this memory by itself, at the full speed of the link: on
 * CUDA. Elsewhere the transfers are ordinary ones.
 *
 * <p>One rule: each transfer makes the memory the device's, and {@link #bytes()} makes it the
 * host's again. So fill it, or look at it, only by what the last {@code bytes()} gave:
 *
 * <pre>{@code
 * gradients.bytes().asFloatBuffer().put(computed); // waits until the last write has been read
 * grads.write(gradients);                          // returns at once
 * backend.step(rule, params, grads, state);
 * params.read(weights);                            // returns at once
 * weights.bytes().asFloatBuffer().get(used);       // waits until they are there
 * }</pre>
 *
 * @since 0.1.0
 */
public interface HostBuffer extends AutoCloseable {
  /**
   * The type of the elements.
   *
   * @return the type
   */
  DataType dataType();

  /**
   * The number of elements.
   *
   * @return the length, at least 1
   */
  long length();

  /**
   * The elements, from the first to the last, once all transfers of them that were asked for are
   * done. A view from before shows the same memory, which a transfer may be reading or writing.
   *
   * @return a new view in native order, which stays ordinary memory when this is closed
   * @throws IllegalStateException if this, or its backend, is closed
   * @throws DeviceLostException if the device is lost: what was read is not there
   */
  ByteBuffer bytes();

  /**
   * Waits for its transfers, and gives the memory back once nothing refers to its views any more. A
   * second call does nothing.
   */
  @Override
  void close();
}
