package dev.rootmean.cli.train;

import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * The host computes them, from parameters that it fetches for each batch, and sends them to the
 * optimizer.
 */
final class HostGradients implements Gradients {
  private final Layers layers;
  private final Perceptron perceptron;
  private final float[] gradients;
  private final OptimizerBackend backend;
  private float[] parameters;
  private Optimizer optimizer;

  /**
   * Takes the host's memory, and then opens a backend, which is closed with this.
   *
   * @param backend opens it
   */
  HostGradients(Layers layers, Supplier<OptimizerBackend> backend) {
    this.layers = layers;
    perceptron = new Perceptron(layers);
    gradients = new float[layers.parameters()];
    this.backend = backend.get();
  }

  @Override
  public String place() {
    return GradientsOption.HOST;
  }

  @Override
  public OptimizerBackend backend() {
    return backend;
  }

  @Override
  public void addTo(OptimizerBuilder builder) {
    for (Layers.Tensor tensor : layers.tensors()) {
      if (isSparse(tensor)) {
        builder.sparseParameter(tensor.name(), tensor.rows(), tensor.columns());
      } else {
        builder.parameter(tensor.name(), tensor.rows(), tensor.columns());
      }
    }
  }

  /** Whether a step takes some of its rows alone. */
  private boolean isSparse(Layers.Tensor tensor) {
    return tensor.name().equals(Layers.TABLE) && !layers.embedding().isDense();
  }

  @Override
  public void begin(Optimizer built, float[] first) {
    optimizer = built;
    parameters = first;
    for (Layers.Tensor tensor : layers.tensors()) {
      int end = tensor.offset() + tensor.length();
      optimizer
          .state(tensor.name())
          .writeParameters(
              optimizer.parameter(tensor.name()),
              Arrays.copyOfRange(parameters, tensor.offset(), end));
    }
  }

  @Override
  public double compute(Batch batch) {
    perceptron.forward(parameters(), batch);
    double loss = perceptron.backward(parameters, gradients, batch);
    if (layers.embedding().isDense()) {
      spread(batch);
    }
    for (Layers.Tensor tensor : layers.tensors()) {
      if (isSparse(tensor)) {
        int rows = batch.count() * layers.embedding().lookups();
        int values = rows * tensor.columns();
        optimizer.gradientRows(
            tensor.name(),
            Arrays.copyOf(batch.rows(), rows),
            Arrays.copyOf(perceptron.rowGradients(), values));
      } else {
        optimizer.gradient(tensor.name()).write(0, gradients, tensor.offset(), tensor.length());
      }
    }
    return loss;
  }

  /** Adds up the gradients of a table's rows; all others are zero. */
  private void spread(Batch batch) {
    Embedding embedding = layers.embedding();
    int width = embedding.width();
    Arrays.fill(gradients, 0, embedding.length(), 0);
    for (int i = 0; i < batch.count() * embedding.lookups(); i++) {
      int row = batch.rows()[i] * width;
      for (int column = 0; column < width; column++) {
        gradients[row + column] += perceptron.rowGradients()[i * width + column];
      }
    }
  }

  @Override
  public int correct(Batch batch) {
    perceptron.forward(parameters(), batch);
    int correct = 0;
    for (int i = 0; i < batch.count(); i++) {
      correct += perceptron.prediction(i) == batch.labels()[i] ? 1 : 0;
    }
    return correct;
  }

  @Override
  public float[] parameters() {
    for (Layers.Tensor tensor : layers.tensors()) {
      optimizer.parameter(tensor.name()).read(0, parameters, tensor.offset(), tensor.length());
    }
    return parameters;
  }

  @Override
  public void close() {
    backend.close();
  }
}
