import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import dev.rootmean.djl.RmsPropOptimizer;
import dev.rootmean.example.OpByOpRmsProp;

/** An update in DJL by Rootmean and by DJL's operations; see djl-op-by-op. */
class DjlOpByOp {
  public static void main(String[] args) {
    double seconds = Double.parseDouble(args[0]);
    System.out.printf("%10s %12s %12s %8s%n", "elements", "op by op us", "Rootmean us", "ratio");
    for (int i = 1; i < args.length; i++) {
      int n = (int) Double.parseDouble(args[i]);
      try (NDManager manager = NDManager.newBaseManager();
          OptimizerBackend backend = Backends.open("cpu");
          RmsPropOptimizer ours = RmsPropOptimizer.builder(backend).build();
          OpByOpRmsProp theirs = new OpByOpRmsProp()) {
        NDArray weight = parameter(manager, n);
        NDArray same = parameter(manager, n);
        NDArray gradient = manager.randomNormal(new Shape(n));
        Runnable nothing = () -> {};
        Comparison result =
            Comparison.of(
                Turn.of(() -> theirs.update("w", weight, gradient), nothing),
                Turn.of(() -> ours.update("w", same, gradient), nothing),
                seconds);
        System.out.printf("%10d %s%n", n, result.inColumns(1e3));
      }
    }
  }

  /** Weights that have a gradient: an update sets it to zero. */
  private static NDArray parameter(NDManager manager, int n) {
    NDArray weight = manager.randomNormal(new Shape(n));
    weight.setRequiresGradient(true);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      collector.backward(weight.sum());
    }
    return weight;
  }
}
