package dev.rootmean.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** Spark in the process of the tests. There can be one context at a time, so they share it. */
final class LocalSpark {
  private static JavaSparkContext shared;

  private LocalSpark() {}

  static synchronized JavaSparkContext get() {
    if (shared == null) {
      shared = new JavaSparkContext(conf("local[2, 4]"));
      shared.setLogLevel("WARN");
    }
    return shared;
  }

  /** Makes room for another one. */
  static synchronized void stop() {
    if (shared != null) {
      shared.stop();
      shared = null;
    }
  }

  /** Settings of all tests: nothing listens to other machines. */
  static SparkConf conf(String master) {
    return new SparkConf()
        .setMaster(master)
        .setAppName("Rootmean's tests")
        .set("spark.ui.enabled", "false")
        .set("spark.driver.host", "127.0.0.1")
        .set("spark.driver.bindAddress", "127.0.0.1");
  }
}
