package dev.rootmean.cli.train;

import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.cli.train.opencl.DeviceMatrix;
import dev.rootmean.cli.train.opencl.DeviceMemory;
import dev.rootmean.cli.train.opencl.DeviceSession;

/**
 * The device computes them, in the queue in which the optimizer steps. Batches go up; the loss, and
 * how many examples were right, come down. Parameters and gradients stay where they are.
 */
final class DeviceGradients implements Gradients {
  private static final String PARAMETERS = "parameters";

  private final Layers layers;
  private final DeviceSession session;
  private final DeviceMemory parameters;
  private final DeviceMemory gradients;
  private final DeviceMemory[] activations;
  private final DeviceMemory[] deltas;
  private final DeviceMemory labels;

  /** A number for each example, and their sum. */
  private final DeviceMemory terms;

  private final DeviceMemory sum;

  /**
   * Takes the device's memory, and has the device's compiler build all that is computed.
   *
   * @param session closed with this, also if this fails
   * @param compiling called before that, as it takes a while
   */
  DeviceGradients(Layers layers, DeviceSession session, Runnable compiling) {
    this.layers = layers;
    this.session = session;
    int capacity = layers.capacity();
    try {
      parameters = session.allocate(layers.parameters());
      gradients = session.allocate(layers.parameters());
      activations = new DeviceMemory[layers.last() + 1];
      deltas = new DeviceMemory[layers.last() + 1];
      for (int layer = 0; layer <= layers.last(); layer++) {
        activations[layer] = session.allocate(layers.activations(layer));
        deltas[layer] = layer == 0 ? null : session.allocate(layers.activations(layer));
      }
      labels = session.allocate(capacity);
      terms = session.allocate(capacity);
      sum = session.allocate(1);
      compiling.run();
      compute(new Batch(layers));
    } catch (Throwable e) {
      session.close();
      throw e;
    }
  }

  @Override
  public String place() {
    return GradientsOption.DEVICE;
  }

  @Override
  public OptimizerBackend backend() {
    return session.backend();
  }

  @Override
  public void addTo(OptimizerBuilder builder) {
    builder.parameter(PARAMETERS, session.wrap(parameters));
  }

  @Override
  public void begin(Optimizer optimizer, float[] first) {
    session.send(parameters, first, first.length);
    optimizer.gradient(PARAMETERS, session.wrap(gradients));
  }

  @Override
  public double compute(Batch batch) {
    forward(batch);
    int count = batch.count();
    int last = layers.last();
    session.launch(
        "softmax_loss", count, activations[last], labels, layers.units(last), deltas[last], terms);
    for (int layer = last; layer > 0; layer--) {
      int in = layers.units(layer - 1);
      int out = layers.units(layer);
      DeviceMatrix x = new DeviceMatrix(activations[layer - 1], 0, count, in);
      DeviceMatrix dy = new DeviceMatrix(deltas[layer], 0, count, out);
      session.multiply(dy.transposed(), x, weights(gradients, layer));
      session.launch("sum_examples", out, deltas[layer], count, gradients, layers.biases(layer));
      if (layer > 1) {
        DeviceMatrix dx = new DeviceMatrix(deltas[layer - 1], 0, count, in);
        session.multiply(dy, weights(parameters, layer), dx);
        session.launch("mask", count * in, deltas[layer - 1], activations[layer - 1]);
      }
    }
    return total(count) / count;
  }

  @Override
  public int correct(Batch batch) {
    forward(batch);
    int last = layers.last();
    session.launch("hit", batch.count(), activations[last], labels, layers.units(last), terms);
    return (int) total(batch.count());
  }

  private void forward(Batch batch) {
    int count = batch.count();
    session.send(activations[0], batch.examples(), count * layers.units(0));
    session.send(labels, batch.labels(), count);
    for (int layer = 1; layer <= layers.last(); layer++) {
      int in = layers.units(layer - 1);
      int out = layers.units(layer);
      DeviceMatrix x = new DeviceMatrix(activations[layer - 1], 0, count, in);
      DeviceMatrix y = new DeviceMatrix(activations[layer], 0, count, out);
      session.multiply(x, weights(parameters, layer).transposed(), y);
      int hidden = layer < layers.last() ? 1 : 0;
      int biases = layers.biases(layer);
      session.launch("add_bias", count * out, activations[layer], parameters, biases, out, hidden);
    }
  }

  private DeviceMatrix weights(DeviceMemory memory, int layer) {
    return new DeviceMatrix(
        memory, layers.weights(layer), layers.units(layer), layers.units(layer - 1));
  }

  /** Waits for all that is queued. */
  private double total(int count) {
    session.launch("total", 1, terms, count, sum);
    return session.receive(sum, 1)[0];
  }

  @Override
  public float[] parameters() {
    return session.receive(parameters, layers.parameters());
  }

  @Override
  public void close() {
    session.close();
  }
}
