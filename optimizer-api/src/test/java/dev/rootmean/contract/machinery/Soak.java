package dev.rootmean.contract.machinery;

import dev.rootmean.Backends;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.contract.NamedRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A child JVM's main class: opens, steps and closes again and again, and says how much more memory
 * the process holds at the end than after a fifth of it.
 */
public final class Soak {
  /** Where Linux says how much memory a process holds. */
  public static final Path STATUS = Path.of("/proc/self/status");

  private static final RmsProp RULE = NamedRule.NESTEROV_CENTERED_MAXIMIZE.rule();

  private Soak() {}

  /**
   * Goes on until it is time.
   *
   * @param arguments the backend, how many cycles, and for how many seconds at most
   * @throws IOException if the system does not say how much memory there is
   */
  public static void main(String[] arguments) throws IOException {
    int cycles = Integer.parseInt(arguments[1]);
    long nanos = Long.parseLong(arguments[2]) * 1_000_000_000;
    long start = System.nanoTime();
    int warmUp = cycle(arguments[0], cycles / 5, start, nanos / 5);
    long before = residentKib();
    int rest = cycle(arguments[0], cycles - warmUp, start, nanos);
    System.out.println("rounds: " + (warmUp + rest));
    System.out.println("growth in KiB: " + (residentKib() - before));
  }

  private static int cycle(String backend, int cycles, long start, long nanos) {
    int done = 0;
    while (done < cycles && System.nanoTime() - start < nanos) {
      cycle(backend);
      done++;
    }
    return done;
  }

  /** Takes 400 KB of the device's memory. */
  private static void cycle(String selector) {
    float[] values = new float[10_000];
    try (OptimizerBackend backend = Backends.open(selector);
        Optimizer optimizer =
            Optimizer.builder(backend, RULE)
                .policy(GradientPolicy.NONE.withNormClip(1).withMicroBatches(2))
                .parameter("a", values.length)
                .build()) {
      optimizer.add("late", "", values.length);
      for (String name : optimizer.names()) {
        optimizer.gradient(name).write(values);
      }
      optimizer.step();
      optimizer.step();
      optimizer.parameter("late").read(values);
    }
  }

  private static long residentKib() throws IOException {
    String line =
        Files.readAllLines(STATUS).stream()
            .filter(each -> each.startsWith("VmRSS:"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.replaceAll("\\D", ""));
  }
}
