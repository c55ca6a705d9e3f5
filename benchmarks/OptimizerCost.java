import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;

/** What an optimizer, and a policy, cost on top of a backend's plain step; see optimizer-cost. */
class OptimizerCost {
  public static void main(String[] args) throws Exception {
    AlternatingRuns runs = new AlternatingRuns(Integer.parseInt(args[1]));
    try (OptimizerBackend backend = Backends.open(args[0])) {
      System.out.printf("%s: %s%n", args[0], backend.info().device());
      System.out.printf("%-26s %10s %12s %12s %8s%n", "", "elements", "plain us", "us", "ratio");
      optimizer(runs, backend, 1_000);
      policy(runs, backend, 10_000_000);
    }
  }

  private static void optimizer(AlternatingRuns runs, OptimizerBackend backend, int n)
      throws Exception {
    int steps = 20_000;
    try (Subject plain = Subject.on(backend, "plain", n);
        Optimizer optimizer =
            Optimizer.builder(backend, plain.rule()).parameter("all", n).build()) {
      AlternatingRuns.Comparison result =
          runs.compare(
              () -> plain.nanosPerStep(steps),
              () -> {
                long start = System.nanoTime();
                for (int s = 0; s < steps; s++) {
                  optimizer.step();
                }
                backend.synchronize();
                return (System.nanoTime() - start) / (double) steps;
              });
      System.out.printf("%-26s %10d %s%n", "through an optimizer", n, result.inColumns(1e3));
    }
  }

  private static void policy(AlternatingRuns runs, OptimizerBackend backend, int n)
      throws Exception {
    int steps = 20;
    for (double clip : new double[] {1e9, 1}) {
      GradientPolicy clipping =
          GradientPolicy.NONE.withNormClip(clip).withNonFinite(GradientPolicy.NonFinite.SKIP_STEP);
      try (Subject plain = Subject.on(backend, "plain", n);
          Subject measured = Subject.on(backend, "plain", n);
          GradientDecision decision =
              GradientDecision.allocate(backend, clipping, DataType.FLOAT32, n)) {
        AlternatingRuns.Comparison result =
            runs.compare(
                () -> plain.nanosPerStep(steps),
                () -> {
                  long start = System.nanoTime();
                  for (int s = 0; s < steps; s++) {
                    backend.measure(measured.grads(), decision);
                    backend.step(
                        measured.rule(),
                        measured.params(),
                        measured.grads(),
                        measured.state(),
                        decision);
                  }
                  backend.synchronize();
                  return (System.nanoTime() - start) / (double) steps;
                });
        String label = clip == 1 ? "norm clipped, checked" : "norm within limit, checked";
        System.out.printf("%-26s %10d %s%n", label, n, result.inColumns(1e3));
      }
    }
  }
}
