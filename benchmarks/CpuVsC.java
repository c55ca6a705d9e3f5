import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import java.io.IOException;
import java.util.Arrays;

/** The CPU backend beside rmsprop.c; started by cpu-vs-c. */
class CpuVsC {
  /** Threads of OpenMP spin for a while after their work. */
  private static final long REST_MILLIS = 20;

  public static void main(String[] args) throws IOException {
    double seconds = Double.parseDouble(args[1]);
    System.out.printf("%-18s %10s %12s %12s %8s%n", "", "elements", "C ns/el", "Java ns/el", "Java/C");
    try (OtherProcess c = new OtherProcess(args[0]);
        OptimizerBackend backend = Backends.open("cpu")) {
      for (String elements : Arrays.asList(args).subList(2, args.length)) {
        int n = (int) Double.parseDouble(elements);
        for (String variant : Subject.VARIANTS) {
          Steps inC = c.steps(variant, n);
          try (Subject inJava = new Subject(backend, variant, n)) {
            Comparison result = Comparison.of(thenRest(inC), inJava::nanosPerStep, seconds);
            Steps.requireSameBits(inC, inJava);
            System.out.printf("%-18s %10d %s%n", variant, n, result.inColumns(n));
          }
        }
      }
    }
  }

  private static Turn thenRest(Steps steps) {
    return count -> {
      double nanos = steps.nanosPerStep(count);
      try {
        Thread.sleep(REST_MILLIS);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return nanos;
    };
  }
}
