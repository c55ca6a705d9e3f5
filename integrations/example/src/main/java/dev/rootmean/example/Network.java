package dev.rootmean.example;

import java.util.List;

/** A network of some framework, with what steps its parameters. */
interface Network extends AutoCloseable {
  /** Pixels of an image's side. */
  int SIDE = 8;

  /**
   * Computes the gradients of a batch.
   *
   * @param images one behind another
   * @return the mean loss, before the step
   */
  double computeGradients(float[] images, int[] labels);

  /** Steps all parameters by their gradients, and returns when that is done. */
  void step();

  /** The classes that the network sees in some images. */
  int[] classify(float[] images);

  /** A copy of each tensor of parameters. */
  List<float[]> parameters();

  @Override
  void close();
}
