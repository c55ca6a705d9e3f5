import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.HostBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Transfers beside a copy in the host's memory, and what they do to other threads; see transfers.
 */
class Transfers {
  private static final int PAUSED_TRANSFERS = 10;

  public static void main(String[] args) throws InterruptedException {
    String selector = args[0];
    int n = (int) Double.parseDouble(args[1]);
    double seconds = Double.parseDouble(args[2]);
    try (OptimizerBackend backend = Backends.open(selector);
        DeviceBuffer buffer = backend.allocate(DataType.FLOAT32, n)) {
      System.out.printf("%s: %s%n", selector, backend.info().device());
      long start = System.nanoTime();
      try (HostBuffer host = backend.allocateHost(DataType.FLOAT32, n)) {
        System.out.printf("allocateHost took %.1f ms%n", (System.nanoTime() - start) / 1e6);
        Map<String, Runnable> all = transfers(buffer, host, n);
        float[] from = new float[n];
        float[] to = new float[n];
        Runnable copy = () -> System.arraycopy(from, 0, to, 0, n);
        System.out.printf(
            "%-20s %10s %12s %12s %8s%n", "", "elements", "copy ms", "transfer ms", "ratio");
        all.forEach((name, transfer) -> compare(backend, name, n, copy, transfer, seconds));
        all.put("nothing", Transfers::sleep); // what the machine itself makes wait
        for (Map.Entry<String, Runnable> one : all.entrySet()) {
          longestPause(backend, one.getKey(), one.getValue());
        }
      }
    }
  }

  private static Map<String, Runnable> transfers(DeviceBuffer buffer, HostBuffer host, int n) {
    float[] array = new float[n];
    FloatBuffer direct =
        ByteBuffer.allocateDirect(4 * n).order(ByteOrder.nativeOrder()).asFloatBuffer();
    Map<String, Runnable> all = new LinkedHashMap<>();
    all.put("write an array", () -> buffer.write(array));
    all.put("read an array", () -> buffer.read(array));
    all.put("write direct memory", () -> buffer.write(0, direct, 0, n));
    all.put("read direct memory", () -> buffer.read(0, direct, 0, n));
    all.put("write host memory", () -> buffer.write(host));
    all.put("read host memory", () -> buffer.read(host));
    return all;
  }

  private static void compare(
      OptimizerBackend backend,
      String name,
      int n,
      Runnable copy,
      Runnable transfer,
      double seconds) {
    Comparison result =
        Comparison.of(Turn.of(copy, () -> {}), Turn.of(transfer, backend::synchronize), seconds);
    System.out.printf("%-20s %10d %s%n", name, n, result.inColumns(1e6));
  }

  private static void sleep() {
    LockSupport.parkNanos(50_000_000);
  }

  /** How long another thread, which allocates all the time, stood still at most. */
  private static void longestPause(OptimizerBackend backend, String name, Runnable transfer)
      throws InterruptedException {
    AtomicBoolean goesOn = new AtomicBoolean(true);
    long[] longest = new long[1];
    Thread other = new Thread(() -> longest[0] = longestPause(goesOn));
    other.start();
    for (int i = 0; i < PAUSED_TRANSFERS; i++) {
      transfer.run();
    }
    backend.synchronize();
    goesOn.set(false);
    other.join();
    System.out.printf("%-20s longest pause of another thread %.1f ms%n", name, longest[0] / 1e6);
  }

  private static long longestPause(AtomicBoolean goesOn) {
    long longest = 0;
    long before = System.nanoTime();
    int bytes = 0;
    while (goesOn.get()) {
      bytes += new byte[1 << 16].length;
      long now = System.nanoTime();
      longest = Math.max(longest, now - before);
      before = now;
    }
    return bytes == 0 ? 0 : longest;
  }
}
