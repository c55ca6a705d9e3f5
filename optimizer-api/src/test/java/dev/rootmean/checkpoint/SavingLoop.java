package dev.rootmean.checkpoint;

import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.contract.ScalarDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * A training that goes on from its latest checkpoint, and saves after each step: a child JVM's main
 * class. Its arguments are the folder and after how many steps it ends.
 */
final class SavingLoop {
  static final int LENGTH = 100_000;

  private SavingLoop() {}

  static Optimizer optimizer(OptimizerBackend backend) {
    RmsProp rule = RmsProp.builder().momentum(0.9).build();
    return Optimizer.builder(backend, rule).parameter("w", LENGTH).build();
  }

  static void train(Optimizer optimizer, long steps) {
    float[] gradient = new float[LENGTH];
    while (optimizer.stepCount() < steps) {
      Arrays.fill(gradient, (int) (optimizer.stepCount() % 7) - 3);
      optimizer.gradient("w").write(gradient);
      optimizer.step();
    }
  }

  public static void main(String[] arguments) throws IOException {
    Checkpoints checkpoints = Checkpoints.in(Path.of(arguments[0]));
    try (OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());
        Optimizer optimizer = optimizer(backend)) {
      if (checkpoints.latest().isPresent()) {
        try (Checkpoint checkpoint = checkpoints.latest().orElseThrow()) {
          checkpoint.load(optimizer);
        }
      }
      System.out.println("from: " + optimizer.stepCount());
      while (optimizer.stepCount() < Long.parseLong(arguments[1])) {
        train(optimizer, optimizer.stepCount() + 1);
        try {
          checkpoints.save(optimizer, Map.of("step", Long.toString(optimizer.stepCount())));
          System.out.println("saved: " + optimizer.stepCount());
        } catch (IOException e) {
          System.out.println("not saved: " + e.getMessage());
        }
      }
      boolean hasOne = checkpoints.resume(optimizer).isPresent();
      System.out.println("latest: " + (hasOne ? optimizer.stepCount() : 0));
    }
  }
}
