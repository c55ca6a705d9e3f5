package dev.rootmean.spark.example;

import dev.rootmean.spark.GradientFunction;
import dev.rootmean.spark.WorkerStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;

/**
 * Ends an executor, once, in the middle of a step, as an operating system does that has no memory
 * left.
 *
 * @param network computes the gradients
 * @param marker whoever takes this file away is the one to end
 * @param step in which it ends, from 1; 0 for none
 */
record Killing(DigitsNetwork network, String marker, long step)
    implements GradientFunction<float[]> {
  /** What a process ends with that was killed by signal 9. */
  private static final int KILLED = 137;

  @Override
  public double gradient(WorkerStep worker, Iterator<float[]> data) throws IOException {
    double loss = network.gradient(worker, data);
    boolean isLast = worker.worker() == worker.workers() - 1;
    if (worker.step() + 1 == step && isLast && Files.deleteIfExists(Path.of(marker))) {
      Runtime.getRuntime().halt(KILLED);
    }
    return loss;
  }
}
