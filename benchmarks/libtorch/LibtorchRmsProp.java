import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import dev.rootmean.pytorch.TorchRmsProp;
import java.util.Arrays;
import org.bytedeco.pytorch.RMSprop;
import org.bytedeco.pytorch.RMSpropOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Two optimizers of libtorch's tensors; see libtorch-rmsprop. */
class LibtorchRmsProp {
  public static void main(String[] args) {
    double seconds = Double.parseDouble(args[0]);
    System.out.printf("%d threads%n", torch.get_num_threads());
    try (OptimizerBackend backend = Backends.open("cpu")) {
      System.out.println(backend.info().device());
      System.out.printf("%10s %12s %12s %8s%n", "elements", "torch ns/el", "ours ns/el", "ratio");
      for (String elements : Arrays.asList(args).subList(1, args.length)) {
        int n = (int) Double.parseDouble(elements);
        try (Tensor theirs = parameter(n);
            Tensor ours = parameter(n);
            TensorVector parameters = new TensorVector(theirs);
            RMSprop libtorch = new RMSprop(parameters, options());
            TorchRmsProp rootmean =
                TorchRmsProp.builder(backend, Preset.PYTORCH.rule())
                    .parameter("all", ours)
                    .build()) {
          Comparison result =
              Comparison.of(
                  inATraining(theirs, libtorch::step), inATraining(ours, rootmean::step), seconds);
          System.out.printf("%10d %s%n", n, result.inColumns(n));
        }
      }
    }
  }

  /** The rule of {@link Preset#PYTORCH}. */
  private static RMSpropOptions options() {
    return new RMSpropOptions(Preset.PYTORCH.rule().learningRate());
  }

  private static Tensor parameter(int n) {
    Tensor parameter = torch.rand(n);
    try (Tensor gradient = torch.randn(n)) {
      parameter.set_requires_grad(true).mutable_grad().put(gradient);
    }
    return parameter;
  }

  private static Turn inATraining(Tensor parameter, Runnable step) {
    return calls -> {
      long nanos = 0;
      for (int i = 0; i < calls; i++) {
        parameter.mutable_grad().neg_();
        long start = System.nanoTime();
        step.run();
        nanos += System.nanoTime() - start;
      }
      return (double) nanos / calls;
    };
  }
}
