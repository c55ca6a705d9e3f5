import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.util.List;

/** What a benchmark steps: some buffers with numbers in them, and a rule of one variant. */
record Subject(
    OptimizerBackend backend,
    RmsProp rule,
    DeviceBuffer params,
    DeviceBuffer grads,
    RmsPropState state)
    implements AutoCloseable {
  static final List<String> VARIANTS =
      List.of("plain", "momentum", "centered", "momentum-centered");

  static Subject on(OptimizerBackend backend, String variant, int n) {
    RmsProp rule =
        RmsProp.builder()
            .weightDecay(0.01)
            .momentum(variant.startsWith("momentum") ? 0.9 : 0)
            .centered(variant.endsWith("centered"))
            .build();
    Subject subject =
        new Subject(
            backend,
            rule,
            backend.allocate(DataType.FLOAT32, n),
            backend.allocate(DataType.FLOAT32, n),
            RmsPropState.allocate(backend, rule, DataType.FLOAT32, n));
    subject.params.write(numbers(n, 1));
    subject.grads.write(numbers(n, 2));
    return subject;
  }

  /** Steps some times, waits for the last, and tells the nanoseconds of one. */
  double nanosPerStep(int steps) {
    long start = System.nanoTime();
    for (int s = 0; s < steps; s++) {
      backend.step(rule, params, grads, state);
    }
    backend.synchronize();
    return (System.nanoTime() - start) / (double) steps;
  }

  /** A hash of the parameters' bits. */
  int hash() {
    float[] values = new float[(int) params.length()];
    params.read(values);
    int hash = 0;
    for (float value : values) {
      hash = hash * 31 + Float.floatToRawIntBits(value);
    }
    return hash;
  }

  private static float[] numbers(int n, int seed) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      int h = (i + seed) * 0x9E3779B1;
      h ^= h >>> 16;
      values[i] = (h * 0x85EBCA77) * 0x1p-31f;
    }
    return values;
  }

  @Override
  public void close() {
    params.close();
    grads.close();
    state.close();
  }
}
