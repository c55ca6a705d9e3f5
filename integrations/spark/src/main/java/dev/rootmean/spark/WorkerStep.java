package dev.rootmean.spark;

import java.util.Collections;
import java.util.Set;

/**
 * A step, as one worker sees it: the parameters that all workers have, and room for its gradients.
 *
 * <p>The gradient of a step is the mean of the workers': the sum in ascending order of their
 * numbers, in floats, divided as {@link dev.rootmean.GradientPolicy} divides that of as many
 * micro-batches. Where workers have different numbers of examples and each is to count alike, have
 * a worker give the mean of its own times {@code workers() * examples of its own / examples of
 * all}.
 *
 * @since 0.1.0
 */
public final class WorkerStep {
  private final long step;
  private final long seed;
  private final int worker;
  private final int workers;
  private final double lossScale;
  private final Tensors parameters;
  private final Tensors gradients;

  WorkerStep(Plan plan, long step, int worker, double lossScale) {
    this.step = step;
    this.seed = plan.seed();
    this.worker = worker;
    this.workers = plan.workers();
    this.lossScale = lossScale;
    this.parameters = new Tensors(plan.layout());
    this.gradients = new Tensors(plan.layout());
  }

  /** Takes the parameters of a shard. */
  void load(int shard, byte[] blob) {
    parameters.load(shard, blob);
  }

  /** Gives the gradients that a shard needs. */
  byte[] slice(ShardLayout layout, int shard, double loss) {
    return gradients.slice(layout.start(shard), layout.gradientsEnd(shard), loss, worker);
  }

  /** {@return the number of the step, from 0; skipped ones count} */
  public long step() {
    return step;
  }

  /** {@return what the training was built with, for random numbers} */
  public long seed() {
    return seed;
  }

  /** {@return the number of this worker, which is that of its partition of the data, from 0} */
  public int worker() {
    return worker;
  }

  /** {@return how many workers there are} */
  public int workers() {
    return workers;
  }

  /** {@return what the loss is to be multiplied by before the gradients are computed; 1 if not} */
  public double lossScale() {
    return lossScale;
  }

  /** {@return the names of the tensors} */
  public Set<String> names() {
    return Collections.unmodifiableSet(parameters.arrays().keySet());
  }

  /**
   * The parameters of a tensor.
   *
   * @param name the tensor's
   * @return in row-major order; this worker's own copy, which nobody else sees
   * @throws IllegalArgumentException if there is no such tensor
   */
  public float[] parameter(String name) {
    return parameters.of(name);
  }

  /**
   * The gradient of a tensor.
   *
   * @param name the tensor's
   * @return laid out like the parameters, zero until the function writes to it
   * @throws IllegalArgumentException if there is no such tensor
   */
  public float[] gradient(String name) {
    return gradients.of(name);
  }
}
