package dev.rootmean.cli.train;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.LearningRateSchedule;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.RmsProp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;

/**
 * Trains a perceptron: the host computes the gradients; the backend holds parameters, gradients and
 * accumulators, and does the optimizer's step.
 */
final class Training {
  private static final int TEST_BATCH = 256;

  /** Is told how the training gets on. */
  interface Progress {
    /**
     * Called after each step.
     *
     * @param loss of the batch
     */
    void onStep(double loss);

    /**
     * Called after each epoch.
     *
     * @param done that epoch and those before it
     */
    void onEpoch(List<TrainResult.Epoch> done);
  }

  private final Digits digits;
  private final int batch;
  private final Random random;
  private final Perceptron perceptron;
  private final int[] order;
  private final int[] labels;
  private final float[] parameters;
  private final float[] gradients;
  private final double[] stepMicros;

  /**
   * Prepares to train.
   *
   * @param hidden the units of each hidden layer
   * @param batch the most images in a batch
   * @throws ArithmeticException if the network is larger than an array can be
   */
  Training(Digits digits, int[] hidden, int batch, long seed) {
    Images train = digits.train();
    this.digits = digits;
    this.batch = Math.min(batch, train.count());
    int capacity = Math.max(this.batch, TEST_BATCH);
    int[] sizes = new int[hidden.length + 2];
    sizes[0] = train.pixelsPerImage();
    System.arraycopy(hidden, 0, sizes, 1, hidden.length);
    sizes[sizes.length - 1] = Images.CLASSES;
    random = new Random(seed);
    perceptron = new Perceptron(capacity, sizes);
    order = new int[train.count()];
    Arrays.setAll(order, i -> i);
    labels = new int[capacity];
    parameters = perceptron.initialParameters(random);
    gradients = new float[parameters.length];
    stepMicros = new double[(order.length + this.batch - 1) / this.batch];
  }

  int stepsPerEpoch() {
    return stepMicros.length;
  }

  /**
   * Trains, once, until the last epoch or until the loss is no longer a finite number.
   *
   * @param rule all but the learning rate, which each step takes from the schedule
   */
  TrainResult run(
      OptimizerBackend backend,
      RmsProp rule,
      LearningRateSchedule schedule,
      int epochs,
      Progress progress) {
    List<TrainResult.Epoch> done = new ArrayList<>();
    OptimizerBuilder builder = Optimizer.builder(backend, rule).schedule(schedule);
    for (Perceptron.Tensor tensor : perceptron.tensors()) {
      builder.parameter(tensor.name(), tensor.rows(), tensor.columns());
    }
    try (Optimizer optimizer = builder.build()) {
      for (Perceptron.Tensor tensor : perceptron.tensors()) {
        DeviceBuffer parameter = optimizer.parameter(tensor.name());
        parameter.write(0, parameters, tensor.offset(), tensor.length());
      }
      double loss;
      do {
        loss = 0;
        shuffle();
        for (int step = 0; step < stepMicros.length; step++) {
          int first = step * batch;
          int count = Math.min(batch, order.length - first);
          double batchLoss = computeGradients(first, count);
          stepMicros[step] = step(backend, optimizer);
          loss += batchLoss * count / order.length;
          progress.onStep(batchLoss);
        }
        double accuracy = testAccuracy();
        Arrays.sort(stepMicros);
        double median = stepMicros[stepMicros.length / 2];
        int epoch = done.size() + 1;
        long steps = (long) epoch * stepMicros.length;
        done.add(new TrainResult.Epoch(epoch, steps, loss, accuracy, median));
        progress.onEpoch(done);
      } while (done.size() < epochs && Double.isFinite(loss));
    }
    return new TrainResult(
        backend.info(), parameters.length, done, ParametersSha256.of(List.of(parameters)));
  }

  /** Sends the gradients, steps, and fetches the parameters; how long the step itself took. */
  private double step(OptimizerBackend backend, Optimizer optimizer) {
    for (Perceptron.Tensor tensor : perceptron.tensors()) {
      DeviceBuffer gradient = optimizer.gradient(tensor.name());
      gradient.write(0, gradients, tensor.offset(), tensor.length());
    }
    long start = System.nanoTime();
    optimizer.step();
    backend.synchronize();
    double micros = (System.nanoTime() - start) / 1e3;
    for (Perceptron.Tensor tensor : perceptron.tensors()) {
      DeviceBuffer parameter = optimizer.parameter(tensor.name());
      parameter.read(0, parameters, tensor.offset(), tensor.length());
    }
    return micros;
  }

  /** Fisher and Yates, over the last epoch's order. */
  private void shuffle() {
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
  }

  private double computeGradients(int first, int count) {
    forward(digits.train(), i -> order[first + i], count);
    return perceptron.backward(parameters, gradients, labels, count);
  }

  private double testAccuracy() {
    int images = digits.test().count();
    int correct = 0;
    for (int start = 0; start < images; start += TEST_BATCH) {
      int first = start;
      int count = Math.min(TEST_BATCH, images - first);
      forward(digits.test(), i -> first + i, count);
      for (int i = 0; i < count; i++) {
        correct += perceptron.prediction(i) == labels[i] ? 1 : 0;
      }
    }
    return (double) correct / images;
  }

  private void forward(Images images, IntUnaryOperator index, int count) {
    for (int i = 0; i < count; i++) {
      int image = index.applyAsInt(i);
      images.copyTo(perceptron.input(), i * images.pixelsPerImage(), image);
      labels[i] = images.label(image);
    }
    perceptron.forward(parameters, count);
  }
}
