package user;

import dev.rootmean.Backends;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;

/** What somebody may write who depends on a release: one step, worked out by hand. */
public final class Step {
  private Step() {}

  /**
   * Prints the backends there are, and what a parameter of 1 is after one step.
   *
   * @param arguments none
   */
  public static void main(String[] arguments) {
    System.out.println(Backends.report());
    RmsProp rule = RmsProp.builder().learningRate(0.125).decay(0.75).epsilon(0).build();
    float[] weight = {1};
    try (OptimizerBackend backend = Backends.open("cpu");
        Optimizer optimizer = Optimizer.builder(backend, rule).parameter("w", 1).build()) {
      optimizer.parameter("w").write(weight);
      optimizer.gradient("w").write(new float[] {2});
      optimizer.step(); // E[g²] = 0.25 · 4 = 1, so w = 1 − 0.125 · 2 / sqrt(1)
      optimizer.parameter("w").read(weight);
    }
    System.out.println("w = " + weight[0]);
  }
}
