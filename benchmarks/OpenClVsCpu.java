import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;

/** An OpenCL device beside the CPU backend, and its launches beside bare ones; see opencl-vs-cpu. */
class OpenClVsCpu {
  private static final int LAUNCH_ELEMENTS = 1_000;

  public static void main(String[] args) {
    String selector = args[0];
    int n = (int) Double.parseDouble(args[1]);
    double seconds = Double.parseDouble(args[2]);
    try (OptimizerBackend cpu = Backends.open("cpu");
        OptimizerBackend device = Backends.open(selector)) {
      System.out.printf("cpu: %s%n%s: %s%n", cpu.info().device(), selector, device.info().device());
      compareSteps(cpu, device, n, seconds);
      compareLaunches(device, seconds);
    }
  }

  private static void compareSteps(
      OptimizerBackend cpu, OptimizerBackend device, int n, double seconds) {
    System.out.printf(
        "%-18s %10s %12s %12s %8s%n", "", "elements", "CPU ns/el", "OpenCL ns/el", "ratio");
    for (String variant : Subject.VARIANTS) {
      try (Subject a = new Subject(cpu, variant, n);
          Subject b = new Subject(device, variant, n)) {
        Comparison result = Comparison.of(a::nanosPerStep, b::nanosPerStep, seconds);
        Steps.requireSameBits(a, b);
        System.out.printf("%-18s %10d %s%n", variant, n, result.inColumns(n));
      }
    }
  }

  private static void compareLaunches(OptimizerBackend device, double seconds) {
    System.out.printf(
        "%-18s %10s %12s %12s %8s%n", "launch", "elements", "bare us", "step us", "ratio");
    try (Subject subject = new Subject(device, "plain", LAUNCH_ELEMENTS);
        BareLaunch bare = new BareLaunch(device.info().device(), LAUNCH_ELEMENTS)) {
      for (int queued : new int[] {1, 100}) {
        Runnable awaited = () -> {}; // by each action itself
        Comparison result =
            Comparison.of(
                Turn.of(() -> bare.launch(queued), awaited),
                Turn.of(() -> subject.nanosPerStep(queued), awaited),
                seconds);
        String label = queued == 1 ? "awaited each time" : "awaited each " + queued;
        System.out.printf(
            "%-18s %10d %s%n", label, LAUNCH_ELEMENTS, result.inColumns(1e3 * queued));
      }
    }
  }
}
