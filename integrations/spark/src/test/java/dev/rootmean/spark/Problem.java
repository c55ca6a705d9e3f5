package dev.rootmean.spark;

import dev.rootmean.Backends;
import dev.rootmean.GradientPolicy;
import dev.rootmean.LearningRateSchedule;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropBuilder;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * A training whose gradients are noise around the parameters: trained by Spark, and by one {@link
 * Optimizer} in one process, which says what is right.
 */
record Problem(
    RmsProp rule,
    GradientPolicy policy,
    LearningRateSchedule schedule,
    Precision precision,
    List<Integer> lengths) {

  /** Of no meaning, and not a multiple of anything. */
  static final List<Integer> LENGTHS = List.of(257, 31, 1, 1_000);

  private static RmsPropBuilder ofGroup(RmsPropBuilder changed) {
    return changed.weightDecay(0).decay(0.8).learningRate(0.02);
  }

  static Problem of(RmsProp rule) {
    return new Problem(rule, GradientPolicy.NONE, null, Precision.FLOAT32, LENGTHS);
  }

  Problem with(GradientPolicy other) {
    return new Problem(rule, other, schedule, precision, lengths);
  }

  Problem with(LearningRateSchedule other) {
    return new Problem(rule, policy, other, precision, lengths);
  }

  Problem with(Precision other) {
    return new Problem(rule, policy, schedule, other, lengths);
  }

  Problem with(Integer... others) {
    return new Problem(rule, policy, schedule, precision, List.of(others));
  }

  static String name(int tensor) {
    return "tensor" + tensor;
  }

  /** A number from -1 to 1 that the arguments decide. */
  static float noise(long... of) {
    long mixed = 0x9E3779B97F4A7C15L;
    for (long x : of) {
      mixed = (mixed ^ x) * 0xBF58476D1CE4E5B9L;
      mixed ^= mixed >>> 29;
    }
    return (mixed >> 40) / (float) (1 << 23);
  }

  float[] first(int tensor) {
    float[] first = new float[lengths.get(tensor)];
    for (int i = 0; i < first.length; i++) {
      first[i] = noise(tensor, i);
    }
    return first;
  }

  /** The gradient of a tensor, of one worker in one step. */
  static void gradient(
      float[] parameters, float[] gradient, long step, int worker, int tensor, double scale) {
    for (int i = 0; i < gradient.length; i++) {
      float g = 0.3f * parameters[i] + noise(step, worker, tensor, i);
      gradient[i] = (float) (scale * g);
    }
  }

  /** What else becomes of a gradient. */
  interface Change extends Serializable {
    void of(long step, int worker, int tensor, float[] gradient);
  }

  /** What Spark calls: the data is one number for each worker. */
  static GradientFunction<Integer> function(int tensors) {
    return function(tensors, (step, worker, tensor, gradient) -> {});
  }

  static GradientFunction<Integer> function(int tensors, Change change) {
    return (step, data) -> {
      int own = data.next();
      for (int tensor = 0; tensor < tensors; tensor++) {
        String name = name(tensor);
        float[] gradient = step.gradient(name);
        gradient(step.parameter(name), gradient, step.step(), own, tensor, step.lossScale());
        change.of(step.step(), own, tensor, gradient);
      }
      return own + step.step();
    };
  }

  static JavaRDD<Integer> data(JavaSparkContext spark, int workers) {
    return spark.parallelize(IntStream.range(0, workers).boxed().toList(), workers);
  }

  ShardedTrainingBuilder builder(JavaSparkContext spark, Path folder) {
    ShardedTrainingBuilder builder =
        ShardedTraining.builder(spark, rule)
            .policy(policy)
            .precision(precision)
            .backend("cpu")
            .seed(7)
            .checkpoints(folder, 100);
    if (schedule != null) {
      builder.schedule(schedule);
    }
    for (int tensor = 0; tensor < lengths.size(); tensor++) {
      if (tensor == lengths.size() / 2) {
        builder.group("other", Problem::ofGroup);
      }
      builder.parameter(name(tensor), first(tensor));
    }
    return builder;
  }

  ShardedTraining training(JavaSparkContext spark, Path folder, int shards, int workers)
      throws IOException {
    return builder(spark, folder)
        .shards(shards)
        .build(data(spark, workers), function(lengths.size()));
  }

  /** What one process comes to. */
  Map<String, float[]> reference(int workers, int steps) {
    return reference(workers, steps, new ArrayList<>(), (step, worker, tensor, gradient) -> {});
  }

  /**
   * What one process comes to.
   *
   * @param norms takes those of the steps, if the policy measures any
   * @param change is made to each gradient
   */
  Map<String, float[]> reference(int workers, int steps, List<Double> norms, Change change) {
    GradientPolicy averaging = policy.withMicroBatches(workers);
    try (OptimizerBackend backend = Backends.open("cpu")) {
      OptimizerBuilder builder =
          Optimizer.builder(backend, rule).policy(averaging).precision(precision);
      if (schedule != null) {
        builder.schedule(schedule);
      }
      for (int tensor = 0; tensor < lengths.size(); tensor++) {
        if (tensor == lengths.size() / 2) {
          builder.group("other", Problem::ofGroup);
        }
        builder.parameter(name(tensor), lengths.get(tensor));
      }
      try (Optimizer optimizer = builder.build()) {
        for (int tensor = 0; tensor < lengths.size(); tensor++) {
          optimizer.parameter(name(tensor)).write(first(tensor));
        }
        for (int step = 0; step < steps; step++) {
          for (int worker = 0; worker < workers; worker++) {
            write(optimizer, step, worker, change);
            optimizer.step();
          }
          if (policy.measures()) {
            norms.add(optimizer.gradientNorm());
          }
        }
        return parameters(optimizer);
      }
    }
  }

  private void write(Optimizer optimizer, int step, int worker, Change change) {
    double scale = optimizer.lossScale();
    for (int tensor = 0; tensor < lengths.size(); tensor++) {
      float[] parameters = new float[lengths.get(tensor)];
      float[] gradient = new float[lengths.get(tensor)];
      optimizer.parameter(name(tensor)).read(parameters);
      gradient(parameters, gradient, step, worker, tensor, scale);
      change.of(step, worker, tensor, gradient);
      optimizer.gradient(name(tensor)).write(gradient);
    }
  }

  private static Map<String, float[]> parameters(Optimizer optimizer) {
    Map<String, float[]> parameters = new LinkedHashMap<>();
    for (String name : optimizer.names()) {
      float[] values = new float[(int) optimizer.parameter(name).length()];
      optimizer.parameter(name).read(values);
      parameters.put(name, values);
    }
    return parameters;
  }

  /** How many elements differ in a bit. */
  static int differences(Map<String, float[]> expected, Map<String, float[]> found) {
    int differences = expected.keySet().equals(found.keySet()) ? 0 : Integer.MAX_VALUE;
    for (Map.Entry<String, float[]> tensor : expected.entrySet()) {
      int[] left = bits(tensor.getValue());
      int[] right = bits(found.get(tensor.getKey()));
      differences += (int) IntStream.range(0, left.length).filter(i -> left[i] != right[i]).count();
    }
    return differences;
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToIntBits(values[i]));
    return bits;
  }
}
