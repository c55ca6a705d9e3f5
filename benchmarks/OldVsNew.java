import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The CPU backends of two builds, each in a process of its own; started by old-vs-new. */
class OldVsNew {
  public static void main(String[] args) throws IOException {
    double seconds = Double.parseDouble(args[0]);
    int pairs = Integer.parseInt(args[1]);
    List<String> kinds = List.of(args[4].split(" "));
    System.out.printf(
        "%-26s %10s %12s %12s %8s %20s%n",
        "", "elements", "old us", "new us", "new/old", "fastest");
    for (String elements : Arrays.asList(args).subList(5, args.length)) {
      int n = (int) Double.parseDouble(elements);
      for (String kind : kinds) {
        List<Comparison> comparisons = new ArrayList<>();
        for (int pair = 0; pair < pairs; pair++) {
          comparisons.add(compare(args[2], args[3], kind, n, seconds));
        }
        Comparison all = Comparison.of(comparisons);
        System.out.printf(
            Locale.ROOT,
            "%-26s %10d %s %8.2f%n",
            kind,
            n,
            all.inColumns(1e3),
            all.ratioOfTheFastest());
      }
    }
  }

  private static Comparison compare(
      String oldPath, String newPath, String kind, int n, double seconds) throws IOException {
    try (OtherProcess before = new OtherProcess(java(oldPath));
        OtherProcess after = new OtherProcess(java(newPath))) {
      Steps old = before.steps(kind, n);
      Steps now = after.steps(kind, n);
      Comparison comparison = Comparison.of(old::nanosPerStep, now::nanosPerStep, seconds);
      Steps.requireSameBits(old, now);
      return comparison;
    }
  }

  /** With the options that this Java was given. */
  private static String[] java(String classPath) {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", classPath, "OneBuild"));
    return command.toArray(String[]::new);
  }
}
