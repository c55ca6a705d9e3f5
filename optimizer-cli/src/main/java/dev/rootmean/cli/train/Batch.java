package dev.rootmean.cli.train;

import java.util.function.IntUnaryOperator;

/** Examples that go through a network together: at first as many as can be, all zero. */
final class Batch {
  private final float[] examples;
  private final int[] labels;
  private int count;

  Batch(Layers layers) {
    examples = new float[layers.activations(0)];
    labels = new int[layers.capacity()];
    count = layers.capacity();
  }

  /**
   * Takes other examples.
   *
   * @param index of each of them among the images
   * @param size how many
   */
  void take(Images images, IntUnaryOperator index, int size) {
    for (int i = 0; i < size; i++) {
      int image = index.applyAsInt(i);
      images.copyTo(examples, i * images.pixelsPerImage(), image);
      labels[i] = images.label(image);
    }
    count = size;
  }

  /** The pixels of one behind those of another; may be longer. */
  float[] examples() {
    return examples;
  }

  /** The class of each; may be longer. */
  int[] labels() {
    return labels;
  }

  int count() {
    return count;
  }
}
