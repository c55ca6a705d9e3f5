package dev.rootmean.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkExecutorInfo;
import org.apache.spark.api.java.JavaSparkContext;

/** Spark with executors that are processes of their own, on this machine. */
final class Cluster {
  private Cluster() {}

  /** What an executor needs of what this process has. */
  static SparkConf conf(int executors, int cores) {
    return LocalSpark.conf("local-cluster[" + executors + "," + cores + ",1024]")
        .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
        .set("spark.executor.memory", "512m")
        .set("spark.locality.wait", "10s");
  }

  /** Opens one, in place of that of the other tests. */
  static JavaSparkContext open(SparkConf conf) throws IOException {
    LocalSpark.stop();
    Files.createDirectories(
        Path.of(System.getenv("SPARK_HOME"), "jars")); // all is on the class path
    JavaSparkContext spark = new JavaSparkContext(conf);
    spark.setLogLevel("WARN");
    return spark;
  }

  /** Waits for executors: the first to come would get all shards. */
  static void await(JavaSparkContext spark, int executors) throws InterruptedException {
    await(spark, executors, 60);
  }

  static void await(JavaSparkContext spark, int executors, int seconds)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (true) {
      SparkExecutorInfo[] there = spark.sc().statusTracker().getExecutorInfos();
      if (there.length > executors) { // the driver is one of them
        return;
      }
      if (System.nanoTime() >= deadline) {
        String names =
            Arrays.stream(there)
                .map(one -> one.host() + ":" + one.port())
                .collect(Collectors.joining(", "));
        throw new AssertionError(
            "after "
                + seconds
                + " s there are "
                + names
                + ": expected the driver and "
                + executors
                + " executors");
      }
      Thread.sleep(100);
    }
  }

  /** What ends the process that comes first, as often as there are files; nobody after them. */
  static void halt(Path marker) {
    try {
      Files.delete(marker);
    } catch (IOException e) {
      return; // somebody else was first, or it was not there
    }
    Runtime.getRuntime().halt(137);
  }
}
