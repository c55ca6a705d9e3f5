package dev.rootmean.cli.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The layers of a perceptron, from 0, which is its input. All parameters lie in one flat array,
 * first the table of an embedding, if there is one, then layer after layer: the weights, those of
 * each unit together, then the biases. A batch is a row for each example.
 */
final class Layers {
  /** The name of an embedding's table. */
  static final String TABLE = "embedding.weight";

  /**
   * Of a table's first values: so small that what is learnt of a row soon outweighs them, also
   * where the row is seldom there.
   */
  private static final double TABLE_DEVIATION = 0.1;

  private final Embedding embedding;
  private final int capacity;
  private final int[] units;
  private final int[] offsets;

  /** Lays them out for examples that are numbers. */
  Layers(int capacity, int... units) {
    this(Embedding.NONE, capacity, units);
  }

  /**
   * Lays them out.
   *
   * @param embedding whose rows are the input
   * @param capacity the most examples in one batch
   * @param units of each layer: the input's, the hidden ones', the classes
   * @throws ArithmeticException if there are more parameters or activations than an array can hold
   */
  Layers(Embedding embedding, int capacity, int... units) {
    this.embedding = embedding;
    this.capacity = capacity;
    this.units = units.clone();
    offsets = new int[units.length];
    offsets[0] = embedding.length();
    for (int layer = 0; layer < units.length; layer++) {
      Math.multiplyExact(capacity, units[layer]);
      if (layer > 0) {
        int parameters = Math.multiplyExact(Math.addExact(units[layer - 1], 1), units[layer]);
        offsets[layer] = Math.addExact(offsets[layer - 1], parameters);
      }
    }
  }

  Embedding embedding() {
    return embedding;
  }

  /** The number of the last layer, which has a unit for each class. */
  int last() {
    return units.length - 1;
  }

  /** The most examples in one batch. */
  int capacity() {
    return capacity;
  }

  int units(int layer) {
    return units[layer];
  }

  /** The most that a layer holds of one batch. */
  int activations(int layer) {
    return capacity * units[layer];
  }

  int parameters() {
    return offsets[last()];
  }

  /** Where a layer's weights begin. */
  int weights(int layer) {
    return offsets[layer - 1];
  }

  /** Where a layer's biases begin. */
  int biases(int layer) {
    return offsets[layer] - units[layer];
  }

  /** What the flat array consists of, in its order. */
  List<Tensor> tensors() {
    List<Tensor> tensors = new ArrayList<>();
    if (embedding.rows() > 0) {
      tensors.add(new Tensor(TABLE, 0, embedding.rows(), embedding.width()));
    }
    for (int layer = 1; layer <= last(); layer++) {
      String name = "layer" + layer;
      tensors.add(new Tensor(name + ".weight", weights(layer), units[layer], units[layer - 1]));
      tensors.add(new Tensor(name + ".bias", biases(layer), units[layer], 1));
    }
    return tensors;
  }

  /**
   * A part of the flat array.
   *
   * @param offset where it begins
   * @param rows one for each unit, or those of a table
   * @param columns one for each of its inputs, or 1 for a bias
   */
  record Tensor(String name, int offset, int rows, int columns) {
    int length() {
      return rows * columns;
    }
  }

  /** He et al., arXiv:1502.01852: normal weights of variance 2 / inputs, zero biases. */
  float[] initialParameters(Random random) {
    float[] parameters = new float[parameters()];
    for (int i = 0; i < embedding.length(); i++) {
      parameters[i] = (float) (TABLE_DEVIATION * random.nextGaussian());
    }
    for (int layer = 1; layer <= last(); layer++) {
      double deviation = StrictMath.sqrt(2.0 / units[layer - 1]);
      for (int i = weights(layer); i < biases(layer); i++) {
        parameters[i] = (float) (deviation * random.nextGaussian());
      }
    }
    return parameters;
  }
}
