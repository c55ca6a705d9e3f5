package dev.rootmean.cli.train;

import java.util.Arrays;

/**
 * A perceptron's gradients in double precision, each with the farthest that floats can be from it:
 * in whatever order they are added, with fused multiply-adds or without.
 *
 * <p>A sum of n products in floats is off by at most γ(n) = nu / (1 - nu) times the sum of their
 * magnitudes (Higham, Accuracy and Stability of Numerical Algorithms, 3.1), and by what its factors
 * are off. OpenCL's exp and log are off by 3 ulp at most, its division by 2.5 (OpenCL C 1.2, 7.4).
 */
final class RoundingBounds {
  /** The unit roundoff of floats; an ulp is up to two of it. */
  private static final double U = 0x1p-24;

  final double[] gradients;
  final double[] errors;
  private double loss;
  private double lossError;

  RoundingBounds(Layers layers, float[] parameters, Batch batch) {
    gradients = new double[layers.parameters()];
    errors = new double[layers.parameters()];
    int last = layers.last();
    int count = batch.count();
    Bounded[] weights = new Bounded[last + 1];
    Bounded[] sums = new Bounded[last + 1];
    Bounded[] outputs = new Bounded[last + 1];
    outputs[0] = new Bounded(count, layers.units(0), batch.examples(), 0);
    for (int layer = 1; layer <= last; layer++) {
      int units = layers.units(layer);
      int inputs = layers.units(layer - 1);
      weights[layer] = new Bounded(units, inputs, parameters, layers.weights(layer));
      Bounded biases = new Bounded(1, units, parameters, layers.biases(layer));
      sums[layer] = outputs[layer - 1].times(weights[layer].transposed(), biases);
      outputs[layer] = sums[layer].positive();
    }
    Bounded delta = softmax(sums[last], batch);
    Bounded ones = new Bounded(1, count);
    Arrays.fill(ones.values, 1);
    for (int layer = last; layer > 0; layer--) {
      Bounded none = new Bounded(1, layers.units(layer - 1));
      keep(delta.transposed().times(outputs[layer - 1], none), layers.weights(layer));
      keep(ones.times(delta, new Bounded(1, layers.units(layer))), layers.biases(layer));
      if (layer > 1) {
        delta = delta.times(weights[layer], none).where(sums[layer - 1]);
      }
    }
  }

  /** How many times its bound a loss is off. */
  double lossOff(double actual) {
    return Math.abs(actual - loss) / lossError;
  }

  /** The most times its bound that a gradient is off. */
  double mostOff(float[] actual) {
    double most = 0;
    for (int i = 0; i < gradients.length; i++) {
      double off = Math.abs(actual[i] - gradients[i]);
      most = Math.max(most, off == 0 ? 0 : off / errors[i]);
    }
    return most;
  }

  private void keep(Bounded tensor, int offset) {
    System.arraycopy(tensor.values, 0, gradients, offset, tensor.values.length);
    System.arraycopy(tensor.errors, 0, errors, offset, tensor.errors.length);
  }

  /** The change of the logits, and the mean loss. */
  private Bounded softmax(Bounded logits, Batch batch) {
    int classes = logits.columns;
    Bounded delta = new Bounded(logits.rows, classes);
    for (int example = 0; example < logits.rows; example++) {
      int first = example * classes;
      double most = Double.NEGATIVE_INFINITY;
      double least = Double.POSITIVE_INFINITY;
      double off = 0;
      for (int i = first; i < first + classes; i++) {
        most = Math.max(most, logits.values[i]);
        least = Math.min(least, logits.values[i]);
        off = Math.max(off, logits.errors[i]);
      }
      double sum = 0;
      for (int i = first; i < first + classes; i++) {
        sum += Math.exp(logits.values[i] - most);
      }
      // exponents: the logits', and the rounding of their difference; exp twice, sum, division
      double exponents = 2 * (2 * off + U * (most - least + 2 * off));
      double relative = Math.expm1(exponents + (6 + 6 + classes + 5) * U);
      for (int i = first; i < first + classes; i++) {
        double probability = Math.exp(logits.values[i] - most) / sum;
        double change = probability - (i - first == batch.labels()[example] ? 1 : 0);
        double error = probability * relative;
        delta.values[i] = change / logits.rows;
        delta.errors[i] = (error + 6 * U * (Math.abs(change) + error)) / logits.rows;
      }
      double own = Math.log(sum) - (logits.values[first + batch.labels()[example]] - most);
      double ownError = exponents + (6 + classes) * U + 7 * U * (Math.log(sum) + own);
      loss += own / logits.rows;
      lossError += (ownError + gamma(logits.rows) * (own + ownError)) / logits.rows;
    }
    return delta;
  }

  private static double gamma(int terms) {
    return terms * U / (1 - terms * U);
  }

  /** A matrix of values, and how far floats can be from each. */
  private static final class Bounded {
    final int rows;
    final int columns;
    final double[] values;
    final double[] errors;

    Bounded(int rows, int columns) {
      this.rows = rows;
      this.columns = columns;
      values = new double[rows * columns];
      errors = new double[rows * columns];
    }

    Bounded(int rows, int columns, float[] exact, int offset) {
      this(rows, columns);
      Arrays.setAll(values, i -> exact[offset + i]);
    }

    Bounded transposed() {
      Bounded turned = new Bounded(columns, rows);
      for (int i = 0; i < values.length; i++) {
        int at = i % columns * rows + i / columns;
        turned.values[at] = values[i];
        turned.errors[at] = errors[i];
      }
      return turned;
    }

    /** A product to which each column's number is added, before or after. */
    Bounded times(Bounded right, Bounded added) {
      Bounded product = new Bounded(rows, right.columns);
      for (int i = 0; i < product.values.length; i++) {
        int row = i / right.columns * columns;
        int column = i % right.columns;
        double sum = added.values[column];
        double magnitudes = Math.abs(sum);
        double error = 0;
        for (int k = 0; k < columns; k++) {
          double a = Math.abs(values[row + k]);
          double b = Math.abs(right.values[k * right.columns + column]);
          double aError = errors[row + k];
          double bError = right.errors[k * right.columns + column];
          sum += values[row + k] * right.values[k * right.columns + column];
          error += a * bError + b * aError + aError * bError;
          magnitudes += (a + aError) * (b + bError);
        }
        product.values[i] = sum;
        product.errors[i] = error + gamma(columns + 1) * magnitudes;
      }
      return product;
    }

    /** ReLU moves two numbers no farther apart. */
    Bounded positive() {
      Bounded positive = new Bounded(rows, columns);
      Arrays.setAll(positive.values, i -> Math.max(values[i], 0));
      System.arraycopy(errors, 0, positive.errors, 0, errors.length);
      return positive;
    }

    /**
     * These where the others are above 0; either where floats may take them for one or the other.
     */
    Bounded where(Bounded sums) {
      Bounded masked = new Bounded(rows, columns);
      for (int i = 0; i < values.length; i++) {
        masked.values[i] = sums.values[i] > 0 ? values[i] : 0;
        if (Math.abs(sums.values[i]) <= sums.errors[i]) {
          masked.errors[i] = Math.abs(values[i]) + errors[i];
        } else {
          masked.errors[i] = sums.values[i] > 0 ? errors[i] : 0;
        }
      }
      return masked;
    }
  }
}
