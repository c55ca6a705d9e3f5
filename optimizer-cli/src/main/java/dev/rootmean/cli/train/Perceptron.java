package dev.rootmean.cli.train;

import java.util.Arrays;

/**
 * A multilayer perceptron: ReLU in the hidden layers, softmax and cross-entropy at the end. Its
 * input are numbers, or rows of an embedding, which it learns too. The parameters are the caller's.
 */
final class Perceptron {
  private final Layers layers;
  private final float[][] activations;
  private final float[][] deltas;
  private final MatrixProduct product;

  /** Makes the working memory. */
  Perceptron(Layers layers) {
    this.layers = layers;
    activations = new float[layers.last() + 1][];
    deltas = new float[layers.last() + 1][];
    if (hasTable()) {
      deltas[0] = new float[layers.activations(0)];
    }
    int widest = layers.units(0);
    for (int layer = 1; layer <= layers.last(); layer++) {
      activations[layer] = new float[layers.activations(layer)];
      deltas[layer] = new float[layers.activations(layer)];
      widest = Math.max(widest, layers.units(layer));
    }
    product = new MatrixProduct(widest);
  }

  /** Runs examples through the network, and keeps them; softmax is left to the readers. */
  void forward(float[] parameters, Batch batch) {
    int count = batch.count();
    activations[0] = batch.examples();
    lookUp(parameters, batch);
    for (int layer = 1; layer <= layers.last(); layer++) {
      int in = layers.units(layer - 1);
      int out = layers.units(layer);
      float[] y = activations[layer];
      for (int example = 0; example < count; example++) {
        System.arraycopy(parameters, layers.biases(layer), y, example * out, out);
      }
      Matrix x = new Matrix(activations[layer - 1], 0, count, in);
      Matrix weights = new Matrix(parameters, layers.weights(layer), out, in);
      product.add(x, weights.transposed(), new Matrix(y, 0, count, out));
      if (layer < layers.last()) {
        for (int i = 0; i < count * out; i++) {
          y[i] = Math.max(y[i], 0);
        }
      }
    }
  }

  /** An example's rows, side by side, are its numbers. */
  private void lookUp(float[] parameters, Batch batch) {
    int width = layers.embedding().width();
    for (int i = 0; i < batch.count() * layers.embedding().lookups(); i++) {
      System.arraycopy(parameters, batch.rows()[i] * width, batch.examples(), i * width, width);
    }
  }

  /** The class that got the most from the last {@link #forward}. */
  int prediction(int example) {
    int classes = classes();
    float[] logits = activations[layers.last()];
    int best = 0;
    for (int c = 1; c < classes; c++) {
      if (logits[example * classes + c] > logits[example * classes + best]) {
        best = c;
      }
    }
    return best;
  }

  /**
   * Goes back from the last {@link #forward}.
   *
   * @param gradients overwritten with those of the mean loss, but for those of a table
   * @param batch the same, with the class of each example
   * @return the mean loss
   */
  double backward(float[] parameters, float[] gradients, Batch batch) {
    int count = batch.count();
    double loss = lossAndDeltas(batch.labels(), count);
    for (int layer = layers.last(); layer > 0; layer--) {
      int in = layers.units(layer - 1);
      int out = layers.units(layer);
      int weights = layers.weights(layer);
      int biases = layers.biases(layer);
      float[] x = activations[layer - 1];
      Matrix dy = new Matrix(deltas[layer], 0, count, out);
      Arrays.fill(gradients, weights, biases + out, 0);
      product.add(
          dy.transposed(), new Matrix(x, 0, count, in), new Matrix(gradients, weights, out, in));
      sumExamples(dy, gradients, biases);
      if (deltas[layer - 1] != null) {
        float[] dx = deltas[layer - 1];
        Arrays.fill(dx, 0, count * in, 0);
        product.add(dy, new Matrix(parameters, weights, out, in), new Matrix(dx, 0, count, in));
        for (int i = 0; layer > 1 && i < count * in; i++) {
          dx[i] = x[i] > 0 ? dx[i] : 0;
        }
      }
    }
    return loss;
  }

  /**
   * The gradients of an embedding's rows from the last {@link #backward}: a row for each of {@link
   * Batch#rows}, also where that comes again. May be longer.
   */
  float[] rowGradients() {
    return deltas[0];
  }

  private double lossAndDeltas(int[] labels, int count) {
    int classes = classes();
    float[] logits = activations[layers.last()];
    float[] delta = deltas[layers.last()];
    double loss = 0;
    for (int example = 0; example < count; example++) {
      int first = example * classes;
      float max = logits[first + prediction(example)]; // keeps exp from overflowing
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        sum += StrictMath.exp(logits[first + c] - max);
      }
      for (int c = 0; c < classes; c++) {
        double probability = StrictMath.exp(logits[first + c] - max) / sum;
        delta[first + c] = (float) ((probability - (c == labels[example] ? 1 : 0)) / count);
      }
      loss += StrictMath.log(sum) - (logits[first + labels[example]] - max);
    }
    return loss / count;
  }

  private static void sumExamples(Matrix dy, float[] sums, int offset) {
    for (int example = 0; example < dy.rows(); example++) {
      for (int unit = 0; unit < dy.columns(); unit++) {
        sums[offset + unit] += dy.get(example, unit);
      }
    }
  }

  private boolean hasTable() {
    return layers.embedding().rows() > 0;
  }

  private int classes() {
    return layers.units(layers.last());
  }
}
