package dev.rootmean.spark;

import java.io.Serializable;
import java.util.Iterator;

/**
 * Computes the gradient of one worker: of what a partition of the data holds.
 *
 * <p>The bits of a training are those of this function's results, so it is to depend on nothing but
 * what it is given: if an executor is lost, Spark calls it again for the same step. Random numbers
 * come from {@link WorkerStep#seed()}, {@link WorkerStep#step()} and {@link WorkerStep#worker()}.
 *
 * @param <T> an example
 * @since 0.1.0
 */
@FunctionalInterface
public interface GradientFunction<T> extends Serializable {
  /**
   * Computes a gradient.
   *
   * @param step has the parameters, and takes the gradients, which are zero at first
   * @param data the examples of this worker, all of them in each step: the function chooses
   * @return the loss, for the log and {@link StepResult#loss()}
   * @throws Exception as a failure of the task, which Spark tries again
   */
  double gradient(WorkerStep step, Iterator<T> data) throws Exception;
}
