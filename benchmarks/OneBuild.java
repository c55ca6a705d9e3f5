import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsPropState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

/**
 * One of the builds that old-vs-new compares: an {@link OtherProcess} of one kind and size. It is
 * compiled against either build, and so names only what both have.
 */
class OneBuild {
  /** Slices begin so many elements apart: each at another place of its page. */
  private static final int APART = 5_000;

  public static void main(String[] args) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    String line = in.readLine();
    String[] words = line.split(" ");
    boolean slices = words[0].endsWith("-slices");
    String kind = words[0].replace("-slices", "");
    int n = Integer.parseInt(words[1]);
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(1);
    try (OptimizerBackend backend = Backends.open("cpu");
        Subject whole = new Subject(backend, kind, slices ? n + 2 * APART : n);
        var decision = GradientDecision.allocate(backend, policy, DataType.FLOAT32, n)) {
      DeviceBuffer params = slices ? whole.params().slice(APART, n) : whole.params();
      DeviceBuffer grads = slices ? whole.grads().slice(2 * APART, n) : whole.grads();
      RmsPropState state = slices ? whole.state().slice(0, n) : whole.state();
      Runnable call =
          switch (kind) {
            case "add" -> () -> params.add(grads);
            case "measure" -> () -> backend.measure(grads, decision);
            case "norm-clip" ->
                () -> {
                  backend.measure(grads, decision);
                  backend.step(whole.rule(), params, grads, state, decision);
                };
            default -> () -> backend.step(whole.rule(), params, grads, state);
          };
      for (; line != null; line = in.readLine()) {
        int count = Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1));
        System.out.println(
            count == 0
                ? Integer.toUnsignedString(whole.hash())
                : Double.toString(seconds(call, backend, count)));
      }
    }
  }

  private static double seconds(Runnable call, OptimizerBackend backend, int count) {
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      call.run();
    }
    backend.synchronize();
    return (System.nanoTime() - start) / 1e9;
  }
}
