package dev.rootmean.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PerceptronTest {
  private static final int EXAMPLES = 3;
  private static final byte[] LABELS = {2, 0, 3};

  private final Random random = new Random(1);
  private final Layers layers = new Layers(EXAMPLES + 1, 5, 7, 6, 4);
  private final Perceptron perceptron = new Perceptron(layers);
  private final float[] parameters = layers.initialParameters(random);
  private final Batch batch = new Batch(layers);

  @BeforeEach
  void takeLabels() {
    batch.take(new Images(new byte[EXAMPLES * 5], LABELS, 1), i -> i, EXAMPLES);
  }

  @Test
  void countsWeightsAndBiases() {
    assertEquals((5 + 1) * 7 + (7 + 1) * 6 + (6 + 1) * 4, layers.parameters());
  }

  /**
   * A central difference over 2h errs by rounding of the float logits, about 2e-7 / 2h, and by its
   * third derivative, about h²: some 1e-4 together for h = 0.003. The gradients reach 0.1 and more,
   * so that a lost term, factor or transposition is far outside.
   */
  @Test
  void gradientsAreThoseOfFiniteDifferences() {
    float h = 0.003f;
    double tolerance = 2e-4;
    fillInput();
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] += 0.1f * (float) random.nextGaussian(); // biases too
    }
    float[] gradients = new float[parameters.length];
    lossAndGradients(gradients);
    float[] unused = new float[parameters.length];
    double largest = 0;
    for (int i = 0; i < parameters.length; i++) {
      float p = parameters[i];
      parameters[i] = p + h;
      double above = lossAndGradients(unused);
      parameters[i] = p - h;
      double below = lossAndGradients(unused);
      parameters[i] = p;
      double difference = (above - below) / (2.0 * h);
      assertEquals(difference, gradients[i], tolerance, "parameter " + i);
      largest = Math.max(largest, Math.abs(difference));
    }
    assertTrue(largest > 0.1, "the gradients are so small that the tolerance hides faults");
  }

  @Test
  void lossOfEqualLogitsIsTheLogarithmOfTheClasses() {
    Layers two = new Layers(1, 5, 4);
    Perceptron equal = new Perceptron(two);
    Batch one = new Batch(two);
    equal.forward(new float[24], one);
    double loss = equal.backward(new float[24], new float[24], one);
    assertEquals(Math.log(4), loss, 1e-12);
  }

  @Test
  void largeLogitsDoNotOverflow() {
    fillInput();
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] *= 1e4f;
    }
    float[] gradients = new float[parameters.length];
    assertTrue(Double.isFinite(lossAndGradients(gradients)));
    for (float gradient : gradients) {
      assertTrue(Float.isFinite(gradient));
    }
  }

  private void fillInput() {
    for (int i = 0; i < batch.examples().length; i++) {
      batch.examples()[i] = (float) random.nextGaussian();
    }
  }

  private double lossAndGradients(float[] gradients) {
    perceptron.forward(parameters, batch);
    return perceptron.backward(parameters, gradients, batch);
  }
}
