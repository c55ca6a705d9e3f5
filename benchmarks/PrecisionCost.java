import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a step costs by how parameters, gradients and accumulators are stored; see precision-cost. */
class PrecisionCost {
  private static Map<String, Precision> precisions() {
    Map<String, Precision> all = new LinkedHashMap<>();
    for (DataType half : new DataType[] {DataType.BFLOAT16, DataType.FLOAT16}) {
      Precision whole = half == DataType.BFLOAT16 ? Precision.BFLOAT16 : Precision.FLOAT16;
      all.put("gradients in " + half, Precision.FLOAT32.withGradients(half));
      all.put("parameters in " + half, whole.withGradients(DataType.FLOAT32));
      all.put("both in " + half, whole);
    }
    all.put("both, with remainder", Precision.BFLOAT16_WITH_REMAINDER);
    all.put("accumulators in BFLOAT16", Precision.FLOAT32.withAccumulators(DataType.BFLOAT16));
    all.put("all in BFLOAT16", Precision.BFLOAT16.withAccumulators(DataType.BFLOAT16));
    all.put("accumulators in BLOCK8", Precision.FLOAT32.withAccumulators(DataType.BLOCK8));
    all.put("BFLOAT16 and BLOCK8", Precision.BFLOAT16.withAccumulators(DataType.BLOCK8));
    all.put("all, to nearest", Precision.of(DataType.BFLOAT16));
    return all;
  }

  public static void main(String[] args) {
    double seconds = Double.parseDouble(args[1]);
    try (OptimizerBackend backend = Backends.open(args[0])) {
      System.out.printf("%s: %s%n", args[0], backend.info().device());
      System.out.printf("%-26s %10s %12s %12s %8s%n", "", "elements", "float32 us", "us", "ratio");
      for (int i = 2; i < args.length; i++) {
        int n = (int) Double.parseDouble(args[i]);
        precisions().forEach((name, precision) -> compare(backend, name, precision, n, seconds));
      }
    }
  }

  private static void compare(
      OptimizerBackend backend, String name, Precision precision, int n, double seconds) {
    RmsProp rule = RmsProp.builder().weightDecay(0.01).build();
    try (Subject floats = new Subject(backend, "plain", n);
        DeviceBuffer params = backend.allocate(precision.parameters(), n);
        DeviceBuffer grads = backend.allocate(precision.gradients(), n);
        RmsPropState state = RmsPropState.allocate(backend, rule, precision, 0, n)) {
      params.write(Subject.values(n, 1));
      grads.write(Subject.values(n, 2));
      Runnable step =
          () -> {
            state.attempt(state.attempt() + 1);
            backend.step(rule, params, grads, state);
          };
      Comparison result =
          Comparison.of(floats::nanosPerStep, Turn.of(step, backend::synchronize), seconds);
      System.out.printf("%-26s %10d %s%n", name, n, result.inColumns(1e3));
    }
  }
}
