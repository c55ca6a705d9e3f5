package dev.rootmean;

/**
 * Tensors that one rule steps together: in one launch where the device can, and with the bits of
 * one step after the other in any case. {@link Optimizer} uses it for each group; who steps buffers
 * by hand gets one from {@link OptimizerBackend#multiTensorStep()}.
 *
 * <pre>{@code
 * for (int done = 0; done < tensors; ) {
 *   done += step.step(rule, done);
 * }
 * }</pre>
 *
 * <p>It owns nothing, and needs no closing. One thread at a time may use it.
 *
 * @since 0.1.0
 */
public interface MultiTensorStep {
  /**
   * Adds a tensor. All have the types of the first.
   *
   * @param params the parameters, updated
   * @param grads the gradient of each parameter
   * @param state the accumulators, updated
   * @throws IllegalArgumentException if a buffer is of another backend, gradients have not the
   *     length of the parameters, types or the precision of the state differ from the first
   *     tensor's, or memory that is written is another buffer's too; nothing has changed
   * @throws IllegalStateException if the backend or a buffer is closed
   */
  void add(DeviceBuffer params, DeviceBuffer grads, RmsPropState state);

  /**
   * Has the gradient of a tensor be read from another buffer from now on. It allocates nothing.
   *
   * @param tensor which one, in the order in which they were added, from 0 on
   * @param grads as long as the other
   * @throws IndexOutOfBoundsException if there is no such tensor
   * @throws IllegalArgumentException as {@link #add}
   * @throws IllegalStateException as {@link #add}
   */
  void gradient(int tensor, DeviceBuffer grads);

  /**
   * Steps some tensors: as many, from one on, as the device takes in one launch. All that {@link
   * OptimizerBackend#step(RmsProp, DeviceBuffer, DeviceBuffer, RmsPropState)} says holds for them
   * together: what throws has stepped none of them.
   *
   * @param rule the hyperparameters
   * @param first the first tensor to step
   * @return how many were stepped, at least 1; the caller goes on with the next one
   * @throws IndexOutOfBoundsException if there is no such tensor
   * @throws IllegalArgumentException as for one tensor, or if states that round by random bits are
   *     of different seeds or attempts
   */
  int step(RmsProp rule, int first);

  /**
   * Steps some tensors by what a decision's policy makes of the gradients.
   *
   * @param rule the hyperparameters
   * @param first the first tensor to step
   * @param decision as in {@link OptimizerBackend#step(RmsProp, DeviceBuffer, DeviceBuffer,
   *     RmsPropState, GradientDecision)}
   * @return as the other method
   */
  int step(RmsProp rule, int first, GradientDecision decision);
}
