import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** One thread and all of them, in several situations; started by cpu-situations. */
class CpuSituations {
  private static final String THREADS = "rootmean.cpu.threads";
  private static final long HOST_WORK = 700_000;

  /** What goes on beside the steps until it is closed. */
  interface Company extends AutoCloseable {
    @Override
    void close();
  }

  interface Arrival {
    Company begin() throws IOException;
  }

  record Situation(String name, Arrival company, boolean hostWork) {}

  private static final List<Situation> SITUATIONS =
      List.of(
          new Situation("back to back", () -> () -> {}, false),
          new Situation("host work between", () -> () -> {}, true),
          new Situation("beside a spinning thread", CpuSituations::spinningThread, false),
          new Situation("busy core", CpuSituations::busyProcess, false),
          new Situation("busy core, host work", CpuSituations::busyProcess, true));

  private static volatile boolean spinning;

  public static void main(String[] args) throws IOException {
    double seconds = Double.parseDouble(args[0]);
    System.setProperty(THREADS, "1");
    try (OptimizerBackend one = Backends.open("cpu")) {
      System.clearProperty(THREADS);
      try (OptimizerBackend all = Backends.open("cpu")) {
        System.out.println(all.info().device());
        System.out.printf(
            "%-26s %10s %12s %12s %8s%n", "", "elements", "one us", "all us", "all/one");
        for (Situation situation : SITUATIONS) {
          for (String elements : Arrays.asList(args).subList(1, args.length)) {
            compare(situation, one, all, (int) Double.parseDouble(elements), seconds);
          }
        }
      }
    }
  }

  private static void compare(
      Situation situation, OptimizerBackend one, OptimizerBackend all, int n, double seconds)
      throws IOException {
    try (Subject alone = new Subject(one, "plain", n);
        Subject shared = new Subject(all, "plain", n);
        Company company = situation.company.begin()) {
      Comparison result =
          Comparison.of(
              steps(alone, situation.hostWork), steps(shared, situation.hostWork), seconds);
      System.out.printf("%-26s %10d %s%n", situation.name, n, result.inColumns(1e3));
    }
  }

  private static Turn steps(Subject subject, boolean hostWork) {
    return count -> {
      double nanos = 0;
      for (int step = 0; step < count; step++) {
        if (hostWork) {
          work();
        }
        nanos += subject.nanosPerStep(1);
      }
      return nanos / count;
    };
  }

  private static void work() {
    long start = System.nanoTime();
    while (System.nanoTime() - start < HOST_WORK) {
      // no pause: it computes
    }
  }

  private static Company spinningThread() {
    spinning = true;
    Thread thread =
        new Thread(
            () -> {
              while (spinning) {
                Thread.onSpinWait();
              }
            });
    thread.setDaemon(true);
    thread.start();
    return () -> spinning = false;
  }

  private static Company busyProcess() throws IOException {
    Process process = new ProcessBuilder("sh", "-c", "while :; do :; done").start();
    return process::destroyForcibly;
  }
}
