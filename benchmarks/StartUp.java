import dev.rootmean.BackendReport.Entry;
import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What comes before the first step, each time in a fresh JVM: start-up. */
class StartUp {
  private static final int ELEMENTS = 1_000;
  private static final String NOTHING = "nothing";
  private static final String HOME = System.getProperty("java.home");

  private final Map<String, List<Double>> millis = new LinkedHashMap<>();

  public static void main(String[] args) throws Exception {
    if (!args[0].matches("\\d+")) { // a JVM that is measured
      if (!args[0].equals(NOTHING)) {
        open(args[0]);
      }
      return;
    }
    List<String> backends =
        Backends.report().entries().stream().filter(Entry::available).map(Entry::selector).toList();
    int rounds = Integer.parseInt(args[0]);
    new StartUp().round(backends); // fills caches
    StartUp measured = new StartUp();
    for (int i = 0; i < rounds; i++) {
      measured.round(backends);
    }
    measured.print();
  }

  /** Prints how long each thing takes. */
  private static void open(String selector) {
    long start = System.nanoTime();
    try (OptimizerBackend backend = Backends.open(selector)) {
      start = tell("open", start);
      RmsProp rule = RmsProp.builder().build();
      try (DeviceBuffer params = backend.allocate(DataType.FLOAT32, ELEMENTS);
          DeviceBuffer grads = backend.allocate(DataType.FLOAT32, ELEMENTS);
          RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, ELEMENTS)) {
        backend.step(rule, params, grads, state);
        backend.synchronize();
        tell("first step", start);
      }
    }
    start = System.nanoTime();
    Backends.open(selector).close();
    tell("open again", start);
  }

  private static long tell(String what, long start) {
    System.out.println(what + ": " + (System.nanoTime() - start) / 1e6);
    return System.nanoTime();
  }

  private void round(List<String> backends) throws Exception {
    process("an empty JVM", java(NOTHING));
    process("rootmean devices", List.of("../rootmean", "devices"));
    for (String backend : backends) {
      process(backend, java(backend));
    }
  }

  /** With the options that this JVM has. */
  private static List<String> java(String argument) {
    List<String> command = new ArrayList<>(List.of(Path.of(HOME, "bin", "java").toString()));
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "StartUp", argument));
    return command;
  }

  private void process(String name, List<String> command) throws Exception {
    long start = System.nanoTime();
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", HOME); // for ../rootmean
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IllegalStateException(name + " fails: " + output);
    }
    add(name, (System.nanoTime() - start) / 1e6);
    for (String line : output.split("\n")) {
      String[] words = line.split(": ", 2);
      if (List.of("open", "first step", "open again").contains(words[0])) {
        add("  " + name + ", " + words[0], Double.parseDouble(words[1]));
      }
    }
  }

  private void add(String row, double value) {
    millis.computeIfAbsent(row, unused -> new ArrayList<>()).add(value);
  }

  private void print() {
    System.out.printf("%-32s %8s %8s %8s  (ms)%n", "", "median", "quarter", "3/4");
    millis.forEach(
        (row, values) -> {
          double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
          Arrays.sort(sorted);
          System.out.printf(
              "%-32s %8.1f %8.1f %8.1f%n",
              row, at(sorted, 0.5), at(sorted, 0.25), at(sorted, 0.75));
        });
  }

  private static double at(double[] sorted, double share) {
    return sorted[(int) (share * (sorted.length - 1))];
  }
}
