package dev.rootmean.spark;

import dev.rootmean.LearningRateSchedule;
import dev.rootmean.Preset;
import dev.rootmean.contract.ChildJvm;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * A driver in a process of its own, which trains on executors that are others, until it is killed:
 * a child JVM's main class. Its arguments are a folder, the number of shards, and the step after
 * which it ends as if it were killed.
 */
final class DriverProcess {
  static final int WORKERS = 2;
  static final int EVERY = 3;

  static final Problem PROBLEM =
      Problem.of(Preset.PYTORCH.rule().toBuilder().momentum(0.9).centered(true).build())
          .with(LearningRateSchedule.cosine(0.05, 0.01, 8).afterWarmup(2));

  private DriverProcess() {}

  /** A JVM that has what Spark and its log want, as this one has it. */
  static ChildJvm jvm() {
    ChildJvm child = ChildJvm.of(DriverProcess.class);
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(
            argument ->
                argument.matches("(--add-opens|-Djdk\\.reflect|-Djava\\.util\\.logging|-XX:).*"))
        .forEach(child::option);
    return child;
  }

  static ShardedTraining resume(JavaSparkContext spark, Path folder, int shards)
      throws IOException {
    return PROBLEM
        .builder(spark, folder.resolve("run"))
        .backend("faulty:" + folder)
        .checkpoints(folder.resolve("run"), EVERY)
        .shards(shards)
        .resume(Problem.data(spark, WORKERS), Problem.function(PROBLEM.lengths().size()));
  }

  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    long last = Long.parseLong(arguments[2]);
    try (JavaSparkContext spark = Cluster.open(Cluster.conf(2, 1));
        ShardedTraining training = resume(spark, folder, Integer.parseInt(arguments[1]))) {
      System.out.println("from: " + training.steps());
      training.run(
          Long.MAX_VALUE,
          result -> {
            if (result.step() == last) {
              Runtime.getRuntime().halt(137);
            }
          });
    }
  }
}
