package dev.rootmean.spark;

import org.apache.spark.rdd.RDD;

/**
 * Where gradients come from.
 *
 * @param data a partition for each worker
 * @param function computes its gradient
 * @param <T> an example
 */
record Gradients<T>(RDD<T> data, GradientFunction<T> function) {
  GradientRdd<T> of(Plan plan, long step, double lossScale, RDD<byte[]> parameters) {
    return new GradientRdd<>(plan, step, lossScale, data, parameters, function);
  }
}
