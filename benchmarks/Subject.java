import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** What a benchmark steps: some buffers with numbers in them, and a rule of one variant. */
final class Subject implements Steps, AutoCloseable {
  static final List<String> VARIANTS =
      List.of("plain", "momentum", "centered", "momentum-centered");

  private final OptimizerBackend backend;
  private final RmsProp rule;
  private final DeviceBuffer params;
  private final DeviceBuffer grads;
  private final RmsPropState state;
  private final Deque<Runnable> closers = new ArrayDeque<>();
  private long made;

  /** Takes the memory; if there is too little, it keeps none. */
  Subject(OptimizerBackend backend, String variant, int n) {
    this.backend = backend;
    rule =
        RmsProp.builder()
            .weightDecay(0.01)
            .momentum(variant.startsWith("momentum") ? 0.9 : 0)
            .centered(variant.endsWith("centered"))
            .build();
    try {
      params = numbers(n, 1);
      grads = numbers(n, 2);
      state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, n);
      closers.push(state::close);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private DeviceBuffer numbers(int n, int seed) {
    DeviceBuffer buffer = backend.allocate(DataType.FLOAT32, n);
    closers.push(buffer::close);
    buffer.write(values(n, seed));
    return buffer;
  }

  /** A value in [-1, 1) for each element, another for each seed; rmsprop.c has the same. */
  static float[] values(int n, int seed) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      int h = (i + seed) * 0x9E3779B1;
      h ^= h >>> 16;
      values[i] = (h * 0x85EBCA77) * 0x1p-31f;
    }
    return values;
  }

  RmsProp rule() {
    return rule;
  }

  DeviceBuffer params() {
    return params;
  }

  DeviceBuffer grads() {
    return grads;
  }

  RmsPropState state() {
    return state;
  }

  @Override
  public double nanosPerStep(int count) {
    long start = System.nanoTime();
    for (int s = 0; s < count; s++) {
      backend.step(rule, params, grads, state);
    }
    backend.synchronize();
    made += count;
    return (System.nanoTime() - start) / (double) count;
  }

  @Override
  public long made() {
    return made;
  }

  @Override
  public int hash() {
    return hash(params);
  }

  static int hash(DeviceBuffer params) {
    float[] values = new float[(int) params.length()];
    params.read(values);
    int hash = 0;
    for (float value : values) {
      hash = hash * 31 + Float.floatToRawIntBits(value);
    }
    return hash;
  }

  @Override
  public void close() {
    while (!closers.isEmpty()) {
      closers.pop().run();
    }
  }
}
