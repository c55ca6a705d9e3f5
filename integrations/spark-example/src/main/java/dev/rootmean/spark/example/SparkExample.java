package dev.rootmean.spark.example;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rootmean.Backends;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Preset;
import dev.rootmean.cli.BadInputException;
import dev.rootmean.cli.Program;
import dev.rootmean.cli.ProgressLine;
import dev.rootmean.cli.train.Digits;
import dev.rootmean.cli.train.Images;
import dev.rootmean.cli.train.ParametersSha256;
import dev.rootmean.spark.ShardedTraining;
import dev.rootmean.spark.StepResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code integrations/spark/example}. */
@Command(
    name = "integrations/spark/example",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = "integrations/spark/example [OPTION...]%n",
    header = "Train a network on handwritten digits on Spark, by executors that may die.",
    description = {
      "Executors are processes on this machine. However many there are, and whether",
      "one is killed or not, the parameters are the same to the last bit.",
      ""
    },
    footer = {
      "",
      "updates says how often a shard was stepped: 4 in each step, and more after an",
      "executor was lost. --json prints backend, executors, workers, shards, parameters,",
      "epochs, steps, updates, secondsPerStep, finalLoss, testAccuracy and",
      "parametersSha256."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:trained",
      "1:a failure that is not the input's",
      "2:bad input: options, or a backend that is not known"
    })
public final class SparkExample implements Callable<Integer> {
  private static final int WORKERS = 2;
  private static final int SHARDS = 4;
  private static final int MOST_EXECUTORS = 64;

  /** Kept, or it would be collected with its level: what Spark says of itself is long. */
  private static final Logger SPARK = Logger.getLogger("org.apache.spark");

  /** The lines that tell of an executor that was lost. */
  private static final Logger SCHEDULER =
      Logger.getLogger("org.apache.spark.scheduler.TaskSchedulerImpl");

  private static final Logger HADOOP = Logger.getLogger("org.apache.hadoop");

  private static final Logger JETTY = Logger.getLogger("org.sparkproject");

  @Spec private CommandSpec spec;

  @Option(
      names = "--executors",
      paramLabel = "N",
      defaultValue = "2",
      description = "Processes that train, each with a core (default: ${DEFAULT-VALUE}).")
  private int executors;

  @Option(
      names = "--kill-at",
      paramLabel = "STEP",
      description = "Kill an executor in the middle of this step, counted from 1.")
  private Long killAt;

  @Option(
      names = "--backend",
      paramLabel = "NAME[:DEVICE]",
      defaultValue = "auto",
      description = "What each executor runs on (default: the best that it has).")
  private String backend;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "2",
      description = "Passes over the training images (default: ${DEFAULT-VALUE}).")
  private int epochs;

  @Option(
      names = "--norm-clip",
      paramLabel = "NORM",
      description = "Clip the gradients of all shards by their norm.")
  private Double normClip;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Decides the first parameters and the order of images (default: 0).")
  private long seed;

  @Option(names = "--json", description = "Print one JSON object, and nothing else, on stdout.")
  private boolean json;

  SparkExample() {}

  /**
   * Runs the example and ends the JVM with its exit status.
   *
   * @param arguments what the user wrote
   */
  public static void main(String[] arguments) {
    SPARK.setLevel(Level.OFF);
    HADOOP.setLevel(Level.OFF);
    JETTY.setLevel(Level.OFF);
    SCHEDULER.setLevel(Level.SEVERE);
    Program.main(new SparkExample(), arguments);
  }

  @Override
  public Integer call() throws IOException {
    Digits digits = Digits.uci();
    List<float[]> train = examples(digits.train());
    int perWorker = (train.size() + WORKERS - 1) / WORKERS;
    long steps = (long) epochs * DigitsNetwork.stepsPerEpoch(perWorker);
    requireInput(steps);
    Path folder = Files.createTempDirectory("rootmean-spark");
    try (JavaSparkContext spark = new JavaSparkContext(conf())) {
      JavaRDD<float[]> data = spark.parallelize(train, WORKERS).cache();
      Path marker = Files.createFile(folder.resolve("kill"));
      Killing gradients =
          new Killing(new DigitsNetwork(), marker.toString(), killAt == null ? 0 : killAt);
      try (ShardedTraining training = training(spark, folder, data, gradients);
          ProgressLine line = ProgressLine.onStandardError()) {
        long start = System.nanoTime();
        StepResult[] last = new StepResult[1];
        training.run(
            steps,
            result -> {
              last[0] = result;
              line.show(
                  String.format(
                      Locale.ROOT,
                      "step %d of %d: loss %.4f",
                      result.step(),
                      steps,
                      result.loss()));
            });
        double seconds = (System.nanoTime() - start) / 1e9 / steps;
        print(training, last[0].loss(), seconds, examples(digits.test()));
      }
    } finally {
      delete(folder);
    }
    return ExitCode.OK;
  }

  private void requireInput(long steps) {
    if (executors < 1 || executors > MOST_EXECUTORS) {
      throw new BadInputException(
          "--executors " + executors + ": expected from 1 to " + MOST_EXECUTORS);
    }
    if (epochs < 1) {
      throw new BadInputException("--epochs " + epochs + ": expected at least 1");
    }
    if (killAt != null && (killAt < 1 || killAt > steps)) {
      throw new BadInputException(
          "--kill-at " + killAt + ": expected from 1 to " + steps + ", the last step");
    }
    if (normClip != null && !(normClip > 0)) {
      throw new BadInputException("--norm-clip " + normClip + ": expected a number above 0");
    }
    try {
      Backends.requireKnown(backend);
    } catch (IllegalArgumentException e) {
      throw new BadInputException(e.getMessage());
    }
  }

  private SparkConf conf() {
    return new SparkConf()
        .setMaster("local-cluster[" + executors + ",1,1024]")
        .setAppName("Rootmean's digits")
        .set("spark.executor.memory", "512m")
        .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
        .set("spark.driver.host", "127.0.0.1")
        .set("spark.driver.bindAddress", "127.0.0.1")
        .set("spark.locality.wait", "10s")
        .set("spark.cores.max", Integer.toString(executors)) // all come before the first task does
        .set("spark.scheduler.minRegisteredResourcesRatio", "1")
        .set("spark.ui.enabled", "false");
  }

  private ShardedTraining training(
      JavaSparkContext spark, Path folder, JavaRDD<float[]> data, Killing gradients)
      throws IOException {
    Random random = new Random(seed);
    int hidden = DigitsNetwork.HIDDEN;
    return ShardedTraining.builder(
            spark, Preset.PYTORCH.rule().toBuilder().learningRate(0.001).build())
        .parameter(
            DigitsNetwork.HIDDEN_WEIGHTS,
            DigitsNetwork.weights(hidden, DigitsNetwork.PIXELS, random),
            hidden,
            DigitsNetwork.PIXELS)
        .parameter(DigitsNetwork.HIDDEN_BIASES, hidden)
        .parameter(
            DigitsNetwork.OUTPUT_WEIGHTS,
            DigitsNetwork.weights(DigitsNetwork.CLASSES, hidden, random),
            DigitsNetwork.CLASSES,
            hidden)
        .parameter(DigitsNetwork.OUTPUT_BIASES, DigitsNetwork.CLASSES)
        .policy(normClip == null ? GradientPolicy.NONE : GradientPolicy.NONE.withNormClip(normClip))
        .shards(SHARDS)
        .seed(seed)
        .backend(backend)
        .checkpoints(folder.resolve("checkpoints"), 20)
        .build(data, gradients);
  }

  private static List<float[]> examples(Images images) {
    List<float[]> examples = new ArrayList<>();
    for (int i = 0; i < images.count(); i++) {
      float[] example = new float[DigitsNetwork.PIXELS + 1];
      images.copyTo(example, 0, i);
      example[DigitsNetwork.PIXELS] = images.label(i);
      examples.add(example);
    }
    return examples;
  }

  private void print(ShardedTraining training, double loss, double seconds, List<float[]> test) {
    Map<String, float[]> parameters = training.parameters();
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    result.put("backend", backend);
    result.put("executors", executors);
    result.put("workers", WORKERS);
    result.put("shards", SHARDS);
    result.put("parameters", parameters.values().stream().mapToLong(p -> p.length).sum());
    result.put("epochs", epochs);
    result.put("steps", training.steps());
    result.put("updates", training.metrics().updates());
    result.put("secondsPerStep", seconds);
    result.put("finalLoss", loss);
    result.put("testAccuracy", DigitsNetwork.accuracy(parameters, test));
    result.put("parametersSha256", ParametersSha256.of(List.copyOf(parameters.values())));
    if (json) {
      spec.commandLine().getOut().println(result);
    } else {
      result
          .properties()
          .forEach(
              entry ->
                  spec.commandLine()
                      .getOut()
                      .println(
                          String.format(
                              Locale.ROOT, "%-17s%s", entry.getKey(), entry.getValue().asText())));
    }
  }

  private static void delete(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
  }
}
