package dev.rootmean.cli.train;

import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;

/** Computes a perceptron's gradients where they are, and has an optimizer step by them. */
interface Gradients extends AutoCloseable {
  /** Where they are computed, in the words of {@code --gradients}. */
  String place();

  /** What the optimizer's step runs on. */
  OptimizerBackend backend();

  /** Names the parameters to an optimizer that is to be built. */
  void addTo(OptimizerBuilder builder);

  /**
   * Begins, once, with the optimizer that was built; it is closed before this.
   *
   * @param parameters their first values; from here on for the use of this object
   */
  void begin(Optimizer optimizer, float[] parameters);

  /**
   * Computes the gradients of a batch's mean loss, for the optimizer's next step. All is done when
   * this returns.
   *
   * @return the mean loss
   */
  double compute(Batch batch);

  /** How many of a batch's examples the network takes for what they are. */
  int correct(Batch batch);

  /** What the optimizer has made of the parameters by now. */
  float[] parameters();

  @Override
  void close();
}
