package dev.rootmean.spark.example;

import dev.rootmean.spark.GradientFunction;
import dev.rootmean.spark.WorkerStep;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A network of one hidden layer in plain Java. An example is its pixels, and the class behind them.
 */
final class DigitsNetwork implements GradientFunction<float[]> {
  private static final long serialVersionUID = 1;

  static final int PIXELS = 64;
  static final int HIDDEN = 64;
  static final int CLASSES = 10;

  private static final int BATCH = 32;

  static final String HIDDEN_WEIGHTS = "hidden.weight";
  static final String HIDDEN_BIASES = "hidden.bias";
  static final String OUTPUT_WEIGHTS = "output.weight";
  static final String OUTPUT_BIASES = "output.bias";

  /** Normal weights of variance 2 / inputs: He et al., arXiv:1502.01852. */
  static float[] weights(int outputs, int inputs, Random random) {
    float[] weights = new float[outputs * inputs];
    double deviation = StrictMath.sqrt(2.0 / inputs);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) (deviation * random.nextGaussian());
    }
    return weights;
  }

  /** How many steps there are to an epoch, where a worker has so many examples. */
  static int stepsPerEpoch(int examples) {
    return (examples + BATCH - 1) / BATCH;
  }

  @Override
  public double gradient(WorkerStep step, Iterator<float[]> data) {
    List<float[]> examples = new ArrayList<>();
    data.forEachRemaining(examples::add);
    int steps = stepsPerEpoch(examples.size());
    long epoch = step.step() / steps;
    Collections.shuffle(
        examples, new Random(31 * (31 * step.seed() + epoch) + step.worker())); // alike in a retry
    int first = (int) (step.step() % steps) * BATCH;
    List<float[]> batch = examples.subList(first, Math.min(first + BATCH, examples.size()));
    double loss = 0;
    for (float[] example : batch) {
      loss += add(step, example, 1f / batch.size());
    }
    return loss / batch.size();
  }

  /** Adds an example's part to the gradients; its loss. */
  private static double add(WorkerStep step, float[] example, float share) {
    float[] outputs = step.parameter(OUTPUT_WEIGHTS);
    float[] hidden = hidden(step.parameter(HIDDEN_WEIGHTS), step.parameter(HIDDEN_BIASES), example);
    float[] scores = layer(outputs, step.parameter(OUTPUT_BIASES), hidden);
    int label = (int) example[PIXELS];
    double sum = 0;
    float largest = scores[best(scores)];
    for (float score : scores) {
      sum += StrictMath.exp(score - largest);
    }
    float[] delta = new float[CLASSES];
    float[] hiddenDelta = new float[HIDDEN];
    for (int c = 0; c < CLASSES; c++) {
      double probability = StrictMath.exp(scores[c] - largest) / sum;
      delta[c] = share * (float) (probability - (c == label ? 1 : 0));
      for (int h = 0; h < HIDDEN; h++) {
        hiddenDelta[h] += hidden[h] > 0 ? delta[c] * outputs[c * HIDDEN + h] : 0;
      }
    }
    spread(delta, hidden, step.gradient(OUTPUT_WEIGHTS), step.gradient(OUTPUT_BIASES));
    spread(hiddenDelta, example, step.gradient(HIDDEN_WEIGHTS), step.gradient(HIDDEN_BIASES));
    return StrictMath.log(sum) - (scores[label] - largest);
  }

  /** Adds a layer's gradients. */
  private static void spread(float[] delta, float[] inputs, float[] weights, float[] biases) {
    int width = weights.length / delta.length;
    for (int unit = 0; unit < delta.length; unit++) {
      biases[unit] += delta[unit];
      for (int i = 0; i < width; i++) {
        weights[unit * width + i] += delta[unit] * inputs[i];
      }
    }
  }

  private static float[] hidden(float[] weights, float[] biases, float[] example) {
    float[] hidden = layer(weights, biases, example);
    for (int i = 0; i < hidden.length; i++) {
      hidden[i] = Math.max(hidden[i], 0);
    }
    return hidden;
  }

  private static float[] layer(float[] weights, float[] biases, float[] inputs) {
    float[] sums = biases.clone();
    int width = weights.length / biases.length;
    for (int unit = 0; unit < sums.length; unit++) {
      for (int i = 0; i < width; i++) {
        sums[unit] += weights[unit * width + i] * inputs[i];
      }
    }
    return sums;
  }

  private static int best(float[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      if (scores[i] > scores[best]) {
        best = i;
      }
    }
    return best;
  }

  /** The share of examples whose class gets the highest score. */
  static double accuracy(Map<String, float[]> parameters, List<float[]> examples) {
    int right = 0;
    for (float[] example : examples) {
      float[] hidden =
          hidden(parameters.get(HIDDEN_WEIGHTS), parameters.get(HIDDEN_BIASES), example);
      float[] scores = layer(parameters.get(OUTPUT_WEIGHTS), parameters.get(OUTPUT_BIASES), hidden);
      right += best(scores) == (int) example[PIXELS] ? 1 : 0;
    }
    return (double) right / examples.size();
  }
}
