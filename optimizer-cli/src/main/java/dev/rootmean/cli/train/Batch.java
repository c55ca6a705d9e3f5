package dev.rootmean.cli.train;

import java.util.function.IntUnaryOperator;

/** Examples that go through a network together: at first as many as can be, all zero. */
final class Batch {
  private final float[] examples;
  private final int[] rows;
  private final int[] labels;
  private int count;

  Batch(Layers layers) {
    examples = new float[layers.activations(0)];
    rows = new int[layers.capacity() * layers.embedding().lookups()];
    labels = new int[layers.capacity()];
    count = layers.capacity();
  }

  /**
   * Takes other examples.
   *
   * @param index of each of them among all
   * @param size how many
   */
  void take(Examples from, IntUnaryOperator index, int size) {
    for (int i = 0; i < size; i++) {
      int example = index.applyAsInt(i);
      from.copyTo(this, i, example);
      labels[i] = from.label(example);
    }
    count = size;
  }

  /** The numbers of one behind those of another; may be longer. */
  float[] examples() {
    return examples;
  }

  /** Of an embedding: the rows of one behind those of another; may be longer. */
  int[] rows() {
    return rows;
  }

  /** The class of each; may be longer. */
  int[] labels() {
    return labels;
  }

  int count() {
    return count;
  }
}
