import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;

/** What an optimizer, and a policy, cost on top of a backend's plain step; see optimizer-cost. */
class OptimizerCost {
  public static void main(String[] args) {
    double seconds = Double.parseDouble(args[1]);
    try (OptimizerBackend backend = Backends.open(args[0])) {
      System.out.printf("%s: %s%n", args[0], backend.info().device());
      System.out.printf("%-26s %10s %12s %12s %8s%n", "", "elements", "plain us", "us", "ratio");
      optimizer(backend, 1_000, seconds);
      policy(backend, 10_000_000, seconds);
    }
  }

  private static void optimizer(OptimizerBackend backend, int n, double seconds) {
    try (Subject plain = new Subject(backend, "plain", n);
        Optimizer optimizer =
            Optimizer.builder(backend, plain.rule()).parameter("all", n).build()) {
      Comparison result =
          Comparison.of(
              plain::nanosPerStep, Turn.of(optimizer::step, backend::synchronize), seconds);
      System.out.printf("%-26s %10d %s%n", "through an optimizer", n, result.inColumns(1e3));
    }
  }

  private static void policy(OptimizerBackend backend, int n, double seconds) {
    for (double clip : new double[] {1e9, 1}) {
      GradientPolicy clipping =
          GradientPolicy.NONE.withNormClip(clip).withNonFinite(GradientPolicy.NonFinite.SKIP_STEP);
      try (Subject plain = new Subject(backend, "plain", n);
          Subject measured = new Subject(backend, "plain", n);
          GradientDecision decision =
              GradientDecision.allocate(backend, clipping, DataType.FLOAT32, n)) {
        Runnable step =
            () -> {
              backend.measure(measured.grads(), decision);
              backend.step(
                  measured.rule(), measured.params(), measured.grads(), measured.state(), decision);
            };
        Comparison result =
            Comparison.of(plain::nanosPerStep, Turn.of(step, backend::synchronize), seconds);
        String label = clip == 1 ? "norm clipped, checked" : "norm within limit, checked";
        System.out.printf("%-26s %10d %s%n", label, n, result.inColumns(1e3));
      }
    }
  }
}
