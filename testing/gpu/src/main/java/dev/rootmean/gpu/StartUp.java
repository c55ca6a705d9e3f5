package dev.rootmean.gpu;

import dev.rootmean.BackendException;
import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** How long what comes before the first step takes, each time in a fresh process. */
final class StartUp {
  private static final String LENGTH = "1000";
  private static final Set<String> TOLD = Set.of("open", "allocate", "first step", "open again");

  private StartUp() {}

  static void measure(Asked asked, Findings findings) throws IOException, InterruptedException {
    for (String backend : asked.backends()) {
      boolean isCuda = backend.equals("cuda");
      if (isCuda) {
        process(findings, backend, "cold", Map.of("CUDA_CACHE_DISABLE", "1"));
      }
      process(findings, backend, "first", Map.of());
      process(findings, backend, "warm", Map.of());
    }
    Child.Ended report = Child.java(StartUp.class, List.of("report")).run(System.out::println);
    findings.check("report of all backends, ms", report.status() == 0, report.last());
  }

  private static void process(
      Findings findings, String backend, String how, Map<String, String> environment)
      throws IOException, InterruptedException {
    Child.Ended ended = Child.java(StartUp.class, List.of(backend, LENGTH)).with(environment).run();
    if (ended.status() != 0) {
      if (backend.equals("cuda")) {
        findings.check("open " + backend + " " + how, false, ended.last());
      } else {
        findings.skip("open " + backend + " " + how, ended.last());
      }
      return;
    }
    for (String line : ended.lines()) {
      String[] words = line.split(": ", 2);
      if (TOLD.contains(words[0])) { // and not what a driver says
        findings.figure(words[0] + " " + backend + " " + how, Double.parseDouble(words[1]), "ms");
      }
    }
    findings.figure("process " + backend + " " + how, 1e3 * ended.seconds(), "ms");
  }

  /**
   * The process: prints milliseconds.
   *
   * @param arguments a backend to open and the elements to step, or {@code report}
   */
  public static void main(String[] arguments) {
    long start = System.nanoTime();
    if (arguments[0].equals("report")) {
      System.out.println(Backends.report());
      tell("report", start);
      return;
    }
    RmsProp rule = RmsProp.builder().build();
    long length = Long.parseLong(arguments[1]);
    try (OptimizerBackend backend = Backends.open(arguments[0])) {
      start = tell("open", start);
      try (DeviceBuffer p = backend.allocate(DataType.FLOAT32, length);
          DeviceBuffer g = backend.allocate(DataType.FLOAT32, length);
          RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, length)) {
        start = tell("allocate", start);
        backend.step(rule, p, g, state);
        backend.synchronize();
        start = tell("first step", start);
      }
    } catch (BackendException e) {
      System.out.println(e.getMessage());
      System.exit(1);
    }
    Backends.open(arguments[0]).close();
    tell("open again", start);
  }

  private static long tell(String what, long start) {
    double millis = (System.nanoTime() - start) / 1e6;
    System.out.println(String.format(Locale.ROOT, "%s: %.3f", what, millis));
    return System.nanoTime();
  }
}
