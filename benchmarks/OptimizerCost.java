import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.RmsProp;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** What optimizers, policies and wrapped memory cost over a plain step; see optimizer-cost. */
class OptimizerCost {
  public static void main(String[] args) {
    double seconds = Double.parseDouble(args[1]);
    try (OptimizerBackend backend = Backends.open(args[0])) {
      System.out.printf("%s: %s%n", args[0], backend.info().device());
      System.out.printf("%-26s %10s %12s %12s %8s%n", "", "elements", "plain us", "us", "ratio");
      optimizer(backend, 1_000, seconds);
      policy(backend, 10_000_000, seconds);
      if (args[0].equals("cpu")) {
        wrapped(backend, 10_000, seconds);
        wrapped(backend, 10_000_000, seconds);
        manyWrapped(backend, ResNet50.lengths(), seconds);
      }
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

  /** Parameters and gradients in the memory of another library, beside own ones and copies. */
  private static void wrapped(OptimizerBackend backend, int n, double seconds) {
    ByteBuffer theirParams = bytes(n);
    ByteBuffer theirGrads = bytes(n);
    try (Subject own = new Subject(backend, "plain", n);
        Subject copied = new Subject(backend, "plain", n);
        Subject stepped = new Subject(backend, "plain", n);
        DeviceBuffer params = backend.wrap(ForeignMemory.of(theirParams.asFloatBuffer()));
        DeviceBuffer grads = backend.wrap(ForeignMemory.of(theirGrads.asFloatBuffer()))) {
      params.copyFrom(own.params());
      grads.copyFrom(own.grads());
      Turn wrapped =
          Turn.of(
              () -> backend.step(stepped.rule(), params, grads, stepped.state()),
              backend::synchronize);
      Runnable copies =
          () -> {
            copied.grads().write(0, theirGrads.rewind());
            backend.step(copied.rule(), copied.params(), copied.grads(), copied.state());
            copied.params().read(0, theirParams.rewind());
          };
      Comparison result = Comparison.of(own::nanosPerStep, wrapped, seconds);
      System.out.printf("%-26s %10d %s%n", "wrapped over own", n, result.inColumns(1e3));
      result = Comparison.of(Turn.of(copies, backend::synchronize), wrapped, seconds);
      System.out.printf("%-26s %10d %s%n", "wrapped over copied", n, result.inColumns(1e3));
    }
  }

  /** Tensors that are wrapped one by one, beside as much memory that is wrapped as one. */
  private static void manyWrapped(OptimizerBackend backend, int[] lengths, double seconds) {
    int n = Arrays.stream(lengths).sum();
    try (Optimizer one = overWrapped(backend, n);
        Optimizer many = overWrapped(backend, lengths)) {
      Comparison result =
          Comparison.of(
              Turn.of(one::step, backend::synchronize),
              Turn.of(many::step, backend::synchronize),
              seconds);
      String label = lengths.length + " wrapped over one";
      System.out.printf("%-26s %10d %s%n", label, n, result.inColumns(1e3));
    }
  }

  /** Closing the backend closes the views. */
  private static Optimizer overWrapped(OptimizerBackend backend, int... lengths) {
    int n = Arrays.stream(lengths).sum();
    FloatBuffer params = bytes(n).asFloatBuffer();
    FloatBuffer grads = bytes(n).asFloatBuffer();
    for (int i = 0; i < n; i++) {
      params.put(i, i % 7);
      grads.put(i, i % 5);
    }
    OptimizerBuilder builder = Optimizer.builder(backend, RmsProp.builder().build());
    int at = 0;
    for (int i = 0; i < lengths.length; i++) {
      builder.parameter("" + i, backend.wrap(ForeignMemory.of(params.slice(at, lengths[i]))));
      at += lengths[i];
    }
    Optimizer optimizer = builder.build();
    at = 0;
    for (int i = 0; i < lengths.length; i++) {
      DeviceBuffer gradient = backend.wrap(ForeignMemory.of(grads.slice(at, lengths[i])));
      optimizer.gradient("" + i, gradient);
      at += lengths[i];
    }
    return optimizer;
  }

  private static ByteBuffer bytes(int floats) {
    return ByteBuffer.allocateDirect(floats * Float.BYTES).order(ByteOrder.nativeOrder());
  }
}
