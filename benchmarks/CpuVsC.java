import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Locale;

/** The CPU backend beside rmsprop.c; started by cpu-vs-c. */
class CpuVsC {
  public static void main(String[] args) throws Exception {
    AlternatingRuns runs = new AlternatingRuns(Integer.parseInt(args[1]));
    double seconds = Double.parseDouble(args[2]);
    Process c = new ProcessBuilder(args[0]).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    PrintStream toC = new PrintStream(c.getOutputStream(), true);
    BufferedReader fromC = new BufferedReader(new InputStreamReader(c.getInputStream()));
    System.out.printf("%-18s %10s %12s %12s %8s%n", "", "elements", "C ns/el", "Java ns/el", "Java/C");
    for (String elements : Arrays.asList(args).subList(3, args.length)) {
      int n = (int) Double.parseDouble(elements);
      int steps = (int) Math.max(3, seconds / (n * 0.5e-9));
      for (String variant : Subject.VARIANTS) {
        try (OptimizerBackend backend = Backends.open("cpu");
            Subject subject = Subject.on(backend, variant, n)) {
          int[] hashInC = new int[1];
          AlternatingRuns.Comparison result =
              runs.compare(
                  () -> {
                    toC.printf(Locale.ROOT, "%s %d %d%n", variant, n, steps);
                    String[] answer = fromC.readLine().split(" ");
                    hashInC[0] = Integer.parseUnsignedInt(answer[1]);
                    return Double.parseDouble(answer[0]) / steps * 1e9;
                  },
                  () -> {
                    double nanos = subject.nanosPerStep(steps);
                    if (subject.hash() != hashInC[0]) {
                      throw new IllegalStateException("C and Java gave different parameters");
                    }
                    return nanos;
                  });
          System.out.printf("%-18s %10d %s%n", variant, n, result.inColumns(n));
        }
      }
    }
    toC.close();
  }
}
