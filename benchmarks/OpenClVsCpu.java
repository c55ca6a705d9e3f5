import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;

/** An OpenCL device beside the CPU backend, and its launches beside bare ones; see opencl-vs-cpu. */
class OpenClVsCpu {
  private static final int LAUNCH_ELEMENTS = 1_000;

  public static void main(String[] args) throws Exception {
    String selector = args[0];
    int n = (int) Double.parseDouble(args[1]);
    AlternatingRuns runs = new AlternatingRuns(Integer.parseInt(args[2]));
    try (OptimizerBackend cpu = Backends.open("cpu");
        OptimizerBackend device = Backends.open(selector)) {
      System.out.printf("cpu: %s%n%s: %s%n", cpu.info().device(), selector, device.info().device());
      compareSteps(runs, cpu, device, n);
      compareLaunches(runs, device);
    }
  }

  private static void compareSteps(
      AlternatingRuns runs, OptimizerBackend cpu, OptimizerBackend device, int n)
      throws Exception {
    int steps = Math.max(3, (int) (0.2 / (n * 0.5e-9)));
    System.out.printf(
        "%-18s %10s %12s %12s %8s%n", "", "elements", "CPU ns/el", "OpenCL ns/el", "ratio");
    for (String variant : Subject.VARIANTS) {
      try (Subject a = Subject.on(cpu, variant, n);
          Subject b = Subject.on(device, variant, n)) {
        AlternatingRuns.Comparison result =
            runs.compare(() -> a.nanosPerStep(steps), () -> b.nanosPerStep(steps));
        if (a.hash() != b.hash()) {
          throw new IllegalStateException("the two gave different parameters");
        }
        System.out.printf("%-18s %10d %s%n", variant, n, result.inColumns(n));
      }
    }
  }

  private static void compareLaunches(AlternatingRuns runs, OptimizerBackend device)
      throws Exception {
    System.out.printf(
        "%-18s %10s %12s %12s %8s%n", "launch", "elements", "bare us", "step us", "ratio");
    try (Subject subject = Subject.on(device, "plain", LAUNCH_ELEMENTS);
        BareLaunch bare = new BareLaunch(device.info().device(), LAUNCH_ELEMENTS)) {
      for (int queued : new int[] {1, 100}) {
        int times = 20_000 / queued;
        AlternatingRuns.Comparison result =
            runs.compare(
                () -> bare.nanosPerLaunch(times, queued),
                () -> {
                  long start = System.nanoTime();
                  for (int i = 0; i < times; i++) {
                    subject.nanosPerStep(queued);
                  }
                  return (System.nanoTime() - start) / ((double) times * queued);
                });
        String label = queued == 1 ? "awaited each time" : "awaited each " + queued;
        System.out.printf("%-18s %10d %s%n", label, LAUNCH_ELEMENTS, result.inColumns(1_000));
      }
    }
  }
}
