package dev.rootmean.cli.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A multilayer perceptron: ReLU in the hidden layers, softmax and cross-entropy at the end.
 *
 * <p>All parameters lie in one flat array, layer after layer: the weights, those of each unit
 * together, then the biases. A batch is a row for each example.
 */
final class Perceptron {
  private final int[] sizes;
  private final int[] offsets;
  private final float[][] activations;
  private final float[][] deltas;
  private final MatrixProduct product;

  /**
   * Makes the network and its working memory; the parameters are the caller's.
   *
   * @param capacity the most examples in one batch
   * @param sizes the units of each layer: the input's, the hidden ones', the classes
   * @throws ArithmeticException if there are more parameters or activations than an array can hold
   */
  Perceptron(int capacity, int... sizes) {
    this.sizes = sizes.clone();
    offsets = new int[sizes.length];
    for (int layer = 1; layer < sizes.length; layer++) {
      int parameters = Math.multiplyExact(Math.addExact(sizes[layer - 1], 1), sizes[layer]);
      offsets[layer] = Math.addExact(offsets[layer - 1], parameters);
    }
    activations = new float[sizes.length][];
    deltas = new float[sizes.length][];
    for (int layer = 0; layer < sizes.length; layer++) {
      activations[layer] = new float[Math.multiplyExact(capacity, sizes[layer])];
      deltas[layer] = new float[layer == 0 ? 0 : activations[layer].length];
    }
    product = new MatrixProduct(Arrays.stream(sizes).max().orElseThrow());
  }

  int parameters() {
    return offsets[offsets.length - 1];
  }

  /** What the flat array consists of, in its order. */
  List<Tensor> tensors() {
    List<Tensor> tensors = new ArrayList<>();
    for (int layer = 1; layer < sizes.length; layer++) {
      int in = sizes[layer - 1];
      int out = sizes[layer];
      tensors.add(new Tensor("layer" + layer + ".weight", offsets[layer - 1], out, in));
      tensors.add(new Tensor("layer" + layer + ".bias", biases(layer), out, 1));
    }
    return tensors;
  }

  /**
   * A part of the flat array.
   *
   * @param offset where it begins
   * @param rows one for each unit
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
    for (int layer = 1; layer < sizes.length; layer++) {
      double deviation = StrictMath.sqrt(2.0 / sizes[layer - 1]);
      for (int i = offsets[layer - 1]; i < biases(layer); i++) {
        parameters[i] = (float) (deviation * random.nextGaussian());
      }
    }
    return parameters;
  }

  /** The input layer, for the caller to fill with examples. */
  float[] input() {
    return activations[0];
  }

  /** Runs the examples of the input layer through the network; softmax is left to the readers. */
  void forward(float[] parameters, int count) {
    for (int layer = 1; layer < sizes.length; layer++) {
      int in = sizes[layer - 1];
      int out = sizes[layer];
      float[] y = activations[layer];
      for (int example = 0; example < count; example++) {
        System.arraycopy(parameters, biases(layer), y, example * out, out);
      }
      Matrix x = new Matrix(activations[layer - 1], 0, count, in);
      Matrix weights = new Matrix(parameters, offsets[layer - 1], out, in);
      product.add(x, weights.transposed(), new Matrix(y, 0, count, out));
      if (layer < sizes.length - 1) {
        for (int i = 0; i < count * out; i++) {
          y[i] = Math.max(y[i], 0);
        }
      }
    }
  }

  /** The class that got the most from the last {@link #forward}. */
  int prediction(int example) {
    int classes = classes();
    float[] logits = activations[sizes.length - 1];
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
   * @param gradients overwritten with those of the mean loss
   * @param labels the class of each example
   * @return the mean loss
   */
  double backward(float[] parameters, float[] gradients, int[] labels, int count) {
    double loss = lossAndDeltas(labels, count);
    for (int layer = sizes.length - 1; layer > 0; layer--) {
      int in = sizes[layer - 1];
      int out = sizes[layer];
      int weights = offsets[layer - 1];
      float[] x = activations[layer - 1];
      Matrix dy = new Matrix(deltas[layer], 0, count, out);
      Arrays.fill(gradients, weights, offsets[layer], 0);
      product.add(
          dy.transposed(), new Matrix(x, 0, count, in), new Matrix(gradients, weights, out, in));
      sumExamples(dy, gradients, biases(layer));
      if (layer > 1) {
        float[] dx = deltas[layer - 1];
        Arrays.fill(dx, 0, count * in, 0);
        product.add(dy, new Matrix(parameters, weights, out, in), new Matrix(dx, 0, count, in));
        for (int i = 0; i < count * in; i++) {
          dx[i] = x[i] > 0 ? dx[i] : 0;
        }
      }
    }
    return loss;
  }

  private double lossAndDeltas(int[] labels, int count) {
    int classes = classes();
    float[] logits = activations[sizes.length - 1];
    float[] delta = deltas[sizes.length - 1];
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

  private int biases(int layer) {
    return offsets[layer] - sizes[layer];
  }

  private int classes() {
    return sizes[sizes.length - 1];
  }
}
