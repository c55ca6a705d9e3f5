package dev.rootmean.cli.train;

import dev.rootmean.LearningRateSchedule;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.RmsProp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Trains a perceptron on digits, batch after batch in an order that the seed decides. */
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
  private final int batchSize;
  private final Random random;
  private final Layers layers;
  private final float[] parameters;
  private final int[] order;
  private final Batch batch;
  private final double[] stepMicros;
  private final double[] batchMicros;

  /**
   * Prepares to train.
   *
   * @param hidden the units of each hidden layer
   * @param batchSize the most images in a batch
   * @throws ArithmeticException if the network is larger than an array can be
   */
  Training(Digits digits, int[] hidden, int batchSize, long seed) {
    Images train = digits.train();
    this.digits = digits;
    this.batchSize = Math.min(batchSize, train.count());
    int capacity = Math.max(this.batchSize, TEST_BATCH);
    int[] sizes = new int[hidden.length + 2];
    sizes[0] = train.pixelsPerImage();
    System.arraycopy(hidden, 0, sizes, 1, hidden.length);
    sizes[sizes.length - 1] = Images.CLASSES;
    layers = new Layers(capacity, sizes);
    random = new Random(seed);
    parameters = layers.initialParameters(random);
    order = new int[train.count()];
    Arrays.setAll(order, i -> i);
    batch = new Batch(layers);
    stepMicros = new double[(order.length + this.batchSize - 1) / this.batchSize];
    batchMicros = new double[stepMicros.length];
  }

  Layers layers() {
    return layers;
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
      Gradients gradients,
      RmsProp rule,
      LearningRateSchedule schedule,
      int epochs,
      Progress progress) {
    List<TrainResult.Epoch> done = new ArrayList<>();
    OptimizerBackend backend = gradients.backend();
    OptimizerBuilder builder = Optimizer.builder(backend, rule).schedule(schedule);
    gradients.addTo(builder);
    try (Optimizer optimizer = builder.build()) {
      gradients.begin(optimizer, parameters);
      double loss;
      do {
        loss = 0;
        shuffle();
        for (int step = 0; step < stepMicros.length; step++) {
          int first = step * batchSize;
          int count = Math.min(batchSize, order.length - first);
          long start = System.nanoTime();
          batch.take(digits.train(), i -> order[first + i], count);
          double batchLoss = gradients.compute(batch);
          long computed = System.nanoTime();
          optimizer.step();
          backend.synchronize();
          long end = System.nanoTime();
          stepMicros[step] = (end - computed) / 1e3;
          batchMicros[step] = (end - start) / 1e3;
          loss += batchLoss * count / order.length;
          progress.onStep(batchLoss);
        }
        int epoch = done.size() + 1;
        done.add(
            new TrainResult.Epoch(
                epoch,
                (long) epoch * stepMicros.length,
                loss,
                testAccuracy(gradients),
                median(stepMicros),
                median(batchMicros)));
        progress.onEpoch(done);
      } while (done.size() < epochs && Double.isFinite(loss));
      String hash = ParametersSha256.of(List.of(gradients.parameters()));
      return new TrainResult(backend.info(), gradients.place(), parameters.length, done, hash);
    }
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
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

  private double testAccuracy(Gradients gradients) {
    int images = digits.test().count();
    int correct = 0;
    for (int start = 0; start < images; start += TEST_BATCH) {
      int first = start;
      int count = Math.min(TEST_BATCH, images - first);
      batch.take(digits.test(), i -> first + i, count);
      correct += gradients.correct(batch);
    }
    return (double) correct / images;
  }
}
