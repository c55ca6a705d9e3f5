import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** One thread and all of them, in several situations; started by cpu-situations. */
class CpuSituations {
  private static final String THREADS = "rootmean.cpu.threads";
  private static final long HOST_WORK = 700_000;

  /** Steps that one side does before the other one's turn; the first fifth is not counted. */
  private static final int TURN = 50;

  private static final int TURN_OF_LONG_STEPS = 5;
  private static final int LONG = 5_000_000;

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

  public static void main(String[] args) throws Exception {
    double seconds = Double.parseDouble(args[0]);
    System.setProperty(THREADS, "1");
    try (OptimizerBackend one = Backends.open("cpu")) {
      System.clearProperty(THREADS);
      try (OptimizerBackend all = Backends.open("cpu")) {
        System.out.println(all.info().device());
        System.out.printf(
            "%-26s %10s %10s %10s %10s %10s %8s %8s%n",
            "", "elements", "1: median", "mean", "all: med.", "mean", "medians", "means");
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
    try (Subject alone = Subject.on(one, "plain", n);
        Subject shared = Subject.on(all, "plain", n);
        Company company = situation.company.begin()) {
      Times first = new Times(alone, situation.hostWork);
      Times second = new Times(shared, situation.hostWork);
      takeTurns(first, second, seconds / 4);
      first.count = 0; // that was to warm up
      second.count = 0;
      takeTurns(first, second, seconds);
      System.out.printf(
          Locale.ROOT,
          "%-26s %10d %10.1f %10.1f %10.1f %10.1f %8.2f %8.2f%n",
          situation.name,
          n,
          first.median(),
          first.mean(),
          second.median(),
          second.mean(),
          second.median() / first.median(),
          second.mean() / first.mean());
    }
  }

  private static void takeTurns(Times first, Times second, double seconds) {
    long start = System.nanoTime();
    do {
      first.turn();
      second.turn();
    } while (System.nanoTime() - start < seconds * 1e9);
  }

  /** The times of one side's steps, in microseconds. */
  private static final class Times {
    private final Subject subject;
    private final boolean hostWork;
    private double[] micros = new double[1_000];
    private int count;

    Times(Subject subject, boolean hostWork) {
      this.subject = subject;
      this.hostWork = hostWork;
    }

    void turn() {
      int steps = subject.params().length() < LONG ? TURN : TURN_OF_LONG_STEPS;
      for (int step = 0; step < steps; step++) {
        if (hostWork) {
          work();
        }
        double nanos = subject.nanosPerStep(1);
        if (step >= steps / 5) {
          if (count == micros.length) {
            micros = Arrays.copyOf(micros, 2 * count);
          }
          micros[count++] = nanos / 1e3;
        }
      }
    }

    double median() {
      return Arrays.stream(micros, 0, count).sorted().toArray()[count / 2];
    }

    double mean() {
      return Arrays.stream(micros, 0, count).average().orElseThrow();
    }
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
