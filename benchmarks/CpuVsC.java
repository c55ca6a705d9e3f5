import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Alternating runs of the CPU backend and of rmsprop.c in one session; started by cpu-vs-c. */
class CpuVsC {
  private static final List<String> VARIANTS =
      List.of("plain", "momentum", "centered", "momentum-centered");

  public static void main(String[] args) throws IOException, InterruptedException {
    String program = args[0];
    int rounds = Integer.parseInt(args[1]);
    double seconds = Double.parseDouble(args[2]);
    Process c = new ProcessBuilder(program).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    PrintStream toC = new PrintStream(c.getOutputStream(), true);
    BufferedReader fromC = new BufferedReader(new InputStreamReader(c.getInputStream()));
    System.out.printf(
        "%-18s %10s %8s %10s %10s %18s%n",
        "variant", "elements", "threads", "C ns/el", "Java ns/el", "Java/C (min-max)");
    for (String elements : Arrays.asList(args).subList(3, args.length)) {
      for (String variant : VARIANTS) {
        compare(variant, (int) Double.parseDouble(elements), rounds, seconds, toC, fromC);
      }
    }
    toC.close();
  }

  private static void compare(
      String variant, int n, int rounds, double seconds, PrintStream toC, BufferedReader fromC)
      throws IOException, InterruptedException {
    RmsProp rule =
        RmsProp.builder()
            .weightDecay(0.01)
            .momentum(variant.startsWith("momentum") ? 0.9 : 0)
            .centered(variant.endsWith("centered"))
            .build();
    try (OptimizerBackend backend = Backends.open("cpu");
        DeviceBuffer params = backend.allocate(DataType.FLOAT32, n);
        DeviceBuffer grads = backend.allocate(DataType.FLOAT32, n);
        RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, n)) {
      params.write(values(n, 1));
      grads.write(values(n, 2));
      int steps = (int) Math.max(3, seconds / (n * 0.5e-9));
      double[] java = new double[rounds];
      double[] inC = new double[rounds];
      double[] ratios = new double[rounds];
      for (int round = -3; round < rounds; round++) { // the first three warm both up
        toC.printf("%s %d %d%n", variant, n, steps);
        String[] answer = fromC.readLine().split(" ");
        Thread.sleep(20); // OpenMP's threads spin for a while
        long start = System.nanoTime();
        for (int s = 0; s < steps; s++) {
          backend.step(rule, params, grads, state);
        }
        double javaSeconds = (System.nanoTime() - start) * 1e-9;
        requireSameBits(params, Integer.parseUnsignedInt(answer[1]));
        if (round >= 0) {
          inC[round] = Double.parseDouble(answer[0]) / steps / n * 1e9;
          java[round] = javaSeconds / steps / n * 1e9;
          ratios[round] = java[round] / inC[round];
        }
      }
      Arrays.sort(ratios);
      System.out.printf(
          Locale.ROOT,
          "%-18s %10d %8s %10.3f %10.3f %6.2f (%.2f-%.2f)%n",
          variant,
          n,
          System.getProperty("rootmean.cpu.threads"),
          median(inC),
          median(java),
          median(ratios),
          ratios[0],
          ratios[rounds - 1]);
    }
  }

  private static void requireSameBits(DeviceBuffer params, int hashInC) {
    float[] values = new float[(int) params.length()];
    params.read(values);
    int hash = 0;
    for (float value : values) {
      hash = hash * 31 + Float.floatToRawIntBits(value);
    }
    if (hash != hashInC) {
      throw new IllegalStateException("C and Java gave different parameters: nothing to compare");
    }
  }

  private static float[] values(int n, int seed) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      int h = (i + seed) * 0x9E3779B1;
      h ^= h >>> 16;
      values[i] = (h * 0x85EBCA77) * 0x1p-31f;
    }
    return values;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
