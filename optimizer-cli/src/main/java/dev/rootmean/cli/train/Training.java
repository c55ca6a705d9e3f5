package dev.rootmean.cli.train;

import dev.rootmean.LearningRateSchedule;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.cli.BadInputException;
import dev.rootmean.cli.NamedPrecision;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Trains a perceptron, batch after batch in an order that the seed decides. */
final class Training {
  private static final int TEST_BATCH = 256;

  /** Is told how the training gets on. */
  interface Progress {
    /**
     * Called after each step.
     *
     * @param step its number, from 1
     * @param loss of the batch
     */
    void onStep(long step, double loss);

    /**
     * Called after each epoch.
     *
     * @param done that epoch and those before it
     */
    void onEpoch(List<TrainResult.Epoch> done);

    /** Called when the training has ended. */
    void onEnd(Optimizer optimizer);
  }

  /**
   * How far a training has come, beside its optimizer.
   *
   * @param done the epochs that have ended
   * @param loss of the epoch under way, as far as it has come
   */
  record Place(List<TrainResult.Epoch> done, double loss) {
    static final Place START = new Place(List.of(), 0);
  }

  /** Keeps a training, so that it can go on when it was ended; this one keeps none. */
  interface Saving extends AutoCloseable {
    /**
     * Called once, with parameters at their first values, which it may replace by later ones.
     *
     * @return where the training goes on
     */
    default Place begin(Optimizer optimizer) {
      return Place.START;
    }

    /** Called after each step. */
    default void onStep(Optimizer optimizer, Place place) {}

    /** Called when the training has ended. */
    default void onEnd(Optimizer optimizer, Place place) {}

    /**
     * Called when all else is done that can be.
     *
     * @throws IOException if the end of the training could not be saved
     */
    default void requireEndSaved() throws IOException {}

    @Override
    default void close() {}
  }

  private final DataSet data;
  private final int batchSize;
  private final long seed;
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
   * @param batchSize the most examples in a batch
   * @throws ArithmeticException if the network is larger than an array can be
   */
  Training(DataSet data, int[] hidden, int batchSize, long seed) {
    Examples train = data.train();
    this.data = data;
    this.seed = seed;
    this.batchSize = Math.min(batchSize, train.count());
    int capacity = Math.max(this.batchSize, TEST_BATCH);
    int[] sizes = new int[hidden.length + 2];
    sizes[0] = data.inputs();
    System.arraycopy(hidden, 0, sizes, 1, hidden.length);
    sizes[sizes.length - 1] = data.classes();
    layers = new Layers(data.embedding(), capacity, sizes);
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
   * @param model what the result is said to be of
   * @param named how parameters, gradients and accumulators are kept
   * @param saving may have it go on where another one was
   */
  TrainResult run(
      Gradients gradients,
      RmsProp rule,
      NamedModel model,
      NamedPrecision named,
      LearningRateSchedule schedule,
      int epochs,
      Progress progress,
      Saving saving) {
    OptimizerBackend backend = gradients.backend();
    Precision precision = named.precision().withSeed(seed);
    OptimizerBuilder builder =
        Optimizer.builder(backend, rule).schedule(schedule).precision(precision);
    gradients.addTo(builder);
    try (Optimizer optimizer = builder.build()) {
      gradients.begin(optimizer, parameters);
      Place start = saving.begin(optimizer);
      List<TrainResult.Epoch> done = new ArrayList<>(start.done());
      done.forEach(epoch -> shuffle()); // one order comes from the last
      double loss = start.loss();
      int first = stepOfEpoch(optimizer.stepCount(), done.size());
      while (done.size() < epochs && !TrainResult.diverged(done)) {
        shuffle();
        for (int step = first; step < stepsPerEpoch(); step++) {
          double batchLoss = step(gradients, optimizer, step);
          loss += batchLoss * count(step) / order.length;
          progress.onStep(optimizer.stepCount(), batchLoss);
          if (step + 1 < stepsPerEpoch()) {
            saving.onStep(optimizer, new Place(done, loss));
          }
        }
        done.add(
            new TrainResult.Epoch(
                done.size() + 1,
                optimizer.stepCount(),
                loss,
                testAccuracy(gradients),
                median(stepMicros, first),
                median(batchMicros, first)));
        progress.onEpoch(done);
        loss = 0;
        first = 0;
        saving.onStep(optimizer, new Place(done, loss));
      }
      saving.onEnd(optimizer, new Place(done, loss));
      progress.onEnd(optimizer);
      String hash = ParametersSha256.of(List.of(gradients.parameters()));
      return new TrainResult(
          model,
          backend.info(),
          gradients.place(),
          parameters.length,
          named,
          precision.bytes(rule),
          done,
          hash);
    }
  }

  private int count(int step) {
    return Math.min(batchSize, order.length - step * batchSize);
  }

  /** Steps by a batch; its loss. */
  private double step(Gradients gradients, Optimizer optimizer, int step) {
    int first = step * batchSize;
    long start = System.nanoTime();
    batch.take(data.train(), i -> order[first + i], count(step));
    double loss = gradients.compute(batch);
    long computed = System.nanoTime();
    optimizer.step();
    gradients.backend().synchronize();
    long end = System.nanoTime();
    stepMicros[step] = (end - computed) / 1e3;
    batchMicros[step] = (end - start) / 1e3;
    return loss;
  }

  /** The step of an epoch that comes next. */
  private int stepOfEpoch(long steps, int epochs) {
    long step = steps - (long) epochs * stepsPerEpoch();
    if (step < 0 || step >= stepsPerEpoch()) {
      throw new BadInputException(
          String.format(
              Locale.ROOT,
              "--checkpoint has come to step %d in %d whole epochs of %d steps:"
                  + " expected a training of train's",
              steps,
              epochs,
              stepsPerEpoch()));
    }
    return (int) step;
  }

  /** Of an epoch's values, from the first step on that was taken here. */
  private static double median(double[] values, int first) {
    Arrays.sort(values, first, values.length);
    return values[(first + values.length) / 2];
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
    int examples = data.test().count();
    int correct = 0;
    for (int start = 0; start < examples; start += TEST_BATCH) {
      int first = start;
      int count = Math.min(TEST_BATCH, examples - first);
      batch.take(data.test(), i -> first + i, count);
      correct += gradients.correct(batch);
    }
    return (double) correct / examples;
  }
}
