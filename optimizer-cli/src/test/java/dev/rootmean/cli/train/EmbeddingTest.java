package dev.rootmean.cli.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Backends;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.RmsProp;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A perceptron whose input are rows of a table. */
class EmbeddingTest {
  private static final int EXAMPLES = 5;
  private static final int LOOKUPS = 2;
  private static final int WIDTH = 3;
  private static final int CLASSES = 4;

  /** Row 2 comes four times, twice in one example; row 4 never. */
  private static final int[] ROWS = {2, 2, 0, 1, 5, 2, 3, 2, 1, 6};

  private static final int[] LABELS = {2, 0, 3, 3, 1};

  private static final Embedding TABLE = new Embedding(7, WIDTH, LOOKUPS, false);

  private final Layers layers = layers(TABLE.dense());
  private final float[] parameters = layers.initialParameters(new Random(1));
  private final Batch batch = new Batch(layers);

  private static Layers layers(Embedding table) {
    return new Layers(table, EXAMPLES + 1, LOOKUPS * WIDTH, 8, CLASSES);
  }

  private static final class Chosen implements Examples {
    @Override
    public int count() {
      return EXAMPLES;
    }

    @Override
    public void copyTo(Batch batch, int place, int example) {
      System.arraycopy(ROWS, example * LOOKUPS, batch.rows(), place * LOOKUPS, LOOKUPS);
    }

    @Override
    public int label(int example) {
      return LABELS[example];
    }

    @Override
    public long checksum() {
      return 0;
    }
  }

  @Test
  void theTableIsTheFirstOfTheTensors() {
    assertEquals(new Layers.Tensor("embedding.weight", 0, 7, WIDTH), layers.tensors().get(0));
    assertEquals(new Layers.Tensor("layer1.weight", 21, 8, 6), layers.tensors().get(1));
    assertEquals(21 + (6 + 1) * 8 + (8 + 1) * CLASSES, layers.parameters());
  }

  /**
   * A central difference in doubles errs by about h² and 1e-16 / h, 1e-10 together, and so what
   * separates them is the rounding of the gradients' float sums: some ten terms, each below one.
   */
  @Test
  void gradientsAreThoseOfFiniteDifferences() {
    double h = 1e-5;
    double tolerance = 20 * 0x1p-24;
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] += 0.3f * (float) new Random(i).nextGaussian(); // biases too
    }
    float[] gradients = gradients();
    double[] exact = new double[parameters.length];
    for (int i = 0; i < parameters.length; i++) {
      exact[i] = parameters[i];
    }
    double largest = 0;
    for (int i = 0; i < exact.length; i++) {
      double p = exact[i];
      exact[i] = p + h;
      double above = loss(exact);
      exact[i] = p - h;
      double below = loss(exact);
      exact[i] = p;
      double difference = (above - below) / (2 * h);
      assertEquals(difference, gradients[i], tolerance, "parameter " + i);
      largest = Math.max(largest, i < 7 * WIDTH ? Math.abs(difference) : 0);
    }
    assertTrue(largest > 0.1, "the table's gradients are so small that faults are hidden");
    for (int column = 0; column < WIDTH; column++) {
      assertEquals(0, gradients[4 * WIDTH + column], "of a row that is not there");
    }
  }

  /** As the optimizer gets them: twice, as what is left of one batch must not be in the next. */
  private float[] gradients() {
    float[] gradients = new float[parameters.length];
    try (HostGradients host = new HostGradients(layers, () -> Backends.open("cpu"))) {
      OptimizerBuilder builder = Optimizer.builder(host.backend(), RmsProp.builder().build());
      host.addTo(builder);
      try (Optimizer optimizer = builder.build()) {
        host.begin(optimizer, parameters);
        batch.take(new Chosen(), i -> EXAMPLES - 1 - i, EXAMPLES - 1);
        host.compute(batch);
        batch.take(new Chosen(), i -> i, EXAMPLES);
        double loss = host.compute(batch);
        double[] exact = new double[parameters.length];
        for (int i = 0; i < parameters.length; i++) {
          exact[i] = parameters[i];
        }
        assertEquals(loss(exact), loss, 1e-6);
        for (Layers.Tensor tensor : layers.tensors()) {
          optimizer.gradient(tensor.name()).read(0, gradients, tensor.offset(), tensor.length());
        }
      }
    }
    return gradients;
  }

  /** From accumulators of zero a gradient of zero moves nothing: one step is as good as another. */
  @Test
  void rowsAloneAreSteppedAsWithAllOthers() {
    float[] all = stepped(layers(TABLE.dense()));
    assertArrayEquals(all, stepped(layers(TABLE)));
    assertFalse(Arrays.equals(all, parameters));
  }

  private float[] stepped(Layers layers) {
    try (HostGradients host = new HostGradients(layers, () -> Backends.open("cpu"))) {
      OptimizerBuilder builder = Optimizer.builder(host.backend(), RmsProp.builder().build());
      host.addTo(builder);
      try (Optimizer optimizer = builder.build()) {
        host.begin(optimizer, parameters.clone());
        batch.take(new Chosen(), i -> i, EXAMPLES);
        host.compute(batch);
        optimizer.step();
        return host.parameters().clone();
      }
    }
  }

  /** By itself, in doubles. */
  private double loss(double[] p) {
    double sum = 0;
    for (int example = 0; example < EXAMPLES; example++) {
      double[] x = new double[LOOKUPS * WIDTH];
      for (int i = 0; i < x.length; i++) {
        x[i] = p[ROWS[example * LOOKUPS + i / WIDTH] * WIDTH + i % WIDTH];
      }
      double[] hidden = layer(p, 1, x);
      for (int i = 0; i < hidden.length; i++) {
        hidden[i] = Math.max(hidden[i], 0);
      }
      double[] logits = layer(p, 2, hidden);
      double all = 0;
      for (double logit : logits) {
        all += Math.exp(logit);
      }
      sum += Math.log(all) - logits[LABELS[example]];
    }
    return sum / EXAMPLES;
  }

  private double[] layer(double[] p, int layer, double[] x) {
    double[] y = new double[layers.units(layer)];
    for (int unit = 0; unit < y.length; unit++) {
      y[unit] = p[layers.biases(layer) + unit];
      for (int i = 0; i < x.length; i++) {
        y[unit] += p[layers.weights(layer) + unit * x.length + i] * x[i];
      }
    }
    return y;
  }
}
