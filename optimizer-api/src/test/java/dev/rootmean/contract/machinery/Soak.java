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
 * A child JVM's main class: creates, steps and closes again and again, and says how much more
 * memory the process holds at the end than after a quarter of that.
 */
public final class Soak {
  /** Where Linux says how much memory a process holds. */
  public static final Path STATUS = Path.of("/proc/self/status");

  private static final RmsProp RULE = NamedRule.NESTEROV_CENTERED_MAXIMIZE.rule();

  /** One cycle in so many opens a backend of its own; the others share one, as trainings do. */
  private static final int OWN_BACKEND = 20;

  private final String selector;
  private final OptimizerBackend shared;
  private int cycle;

  private Soak(String selector, OptimizerBackend shared) {
    this.selector = selector;
    this.shared = shared;
  }

  /**
   * Goes through them.
   *
   * @param arguments the backend, and how many cycles
   * @throws IOException if the system does not say how much memory there is
   */
  public static void main(String[] arguments) throws IOException {
    int cycles = Integer.parseInt(arguments[1]);
    try (OptimizerBackend shared = Backends.open(arguments[0])) {
      Soak soak = new Soak(arguments[0], shared);
      soak.goOn(cycles / 4);
      long before = residentKib();
      soak.goOn(cycles);
      System.out.println("rounds: " + cycles);
      System.out.println("growth in KiB: " + (residentKib() - before));
    }
  }

  private void goOn(int end) {
    for (; cycle < end; cycle++) {
      if (cycle % OWN_BACKEND == 0) {
        try (OptimizerBackend own = Backends.open(selector)) {
          train(own);
        }
      } else {
        train(shared);
      }
    }
  }

  /** Takes 400 KB of the device's memory, in buffers of 40 KB and more. */
  private static void train(OptimizerBackend backend) {
    float[] values = new float[10_000];
    try (Optimizer optimizer =
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
