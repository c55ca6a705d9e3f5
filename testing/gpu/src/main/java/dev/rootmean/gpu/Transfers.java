package dev.rootmean.gpu;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.HostBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.cli.bench.AlternatingTimer;
import dev.rootmean.cli.bench.AlternatingTimer.Times;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** How fast the host's memory is copied, and how long that holds up other threads. */
final class Transfers {
  private static final int[] BYTES = {4 << 10, 64 << 10, 1 << 20, 16 << 20, 256 << 20, 1 << 30};

  private Transfers() {}

  static void measure(Asked asked, Findings findings) throws InterruptedException {
    for (String name : asked.backends()) {
      Optional<OptimizerBackend> opened = Opening.of(asked, name, findings);
      if (opened.isPresent()) {
        try (OptimizerBackend backend = opened.get()) {
          measure(asked, name, backend, findings);
        }
      }
    }
  }

  private static void measure(Asked asked, String name, OptimizerBackend backend, Findings findings)
      throws InterruptedException {
    long room = Math.min(Runtime.getRuntime().maxMemory(), backend.info().totalMemoryBytes()) / 3;
    for (int bytes : BYTES) {
      int elements = bytes / Float.BYTES;
      if (asked.elements(elements) < elements) {
        return;
      }
      if (bytes > room) {
        findings.skip("transfers " + name + " of " + bytes, "too little memory");
        return;
      }
      float[] array = new float[elements];
      ByteBuffer direct = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
      try (DeviceBuffer buffer = backend.allocate(DataType.FLOAT32, elements);
          HostBuffer host = backend.allocateHost(DataType.FLOAT32, elements)) {
        Map<String, Turn> turns = new LinkedHashMap<>();
        turns.put("write float[]", Turn.of(() -> buffer.write(array), backend::synchronize));
        turns.put("read float[]", Turn.of(() -> buffer.read(array), backend::synchronize));
        turns.put(
            "write direct", Turn.of(() -> buffer.write(0, direct.rewind()), backend::synchronize));
        turns.put(
            "read direct", Turn.of(() -> buffer.read(0, direct.rewind()), backend::synchronize));
        turns.put("write HostBuffer", Turn.of(() -> buffer.write(host), backend::synchronize));
        turns.put("read HostBuffer", Turn.of(() -> buffer.read(host), backend::synchronize));
        Times<String> times = new AlternatingTimer<>(turns, asked.seconds()).measure();
        for (String turn : turns.keySet()) {
          findings.figure(turn + " " + name + " of " + bytes, bytes / times.median(turn), "GB/s");
        }
        if (bytes == BYTES[BYTES.length - 1]) {
          pauses(name, backend, buffer, array, findings);
        }
      }
    }
  }

  private static void pauses(
      String name, OptimizerBackend backend, DeviceBuffer buffer, float[] array, Findings findings)
      throws InterruptedException {
    String figure = "longest pause of another thread " + name;
    findings.figure(figure + ", nothing copied", pause(() -> sleep(300)), "ms");
    findings.figure(
        figure + ", write float[]",
        pause(
            () -> {
              buffer.write(array);
              backend.synchronize();
            }),
        "ms");
    findings.figure(figure + ", read float[]", pause(() -> buffer.read(array)), "ms");
  }

  private static void sleep(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Milliseconds that a thread which allocates has stood still at most. */
  private static double pause(Runnable transfer) throws InterruptedException {
    Allocating other = new Allocating();
    other.start();
    sleep(100); // its first collections, and its compilation
    other.longest = 0;
    transfer.run();
    other.stop = true;
    other.join();
    return other.longest / 1e6;
  }

  private static final class Allocating extends Thread {
    private volatile boolean stop;
    private volatile long longest;

    @SuppressWarnings("unused") // or the compiler would leave the allocation out
    private volatile byte[] garbage;

    @Override
    public void run() {
      long last = System.nanoTime();
      while (!stop) {
        garbage = new byte[1 << 12];
        long now = System.nanoTime();
        if (now - last > longest) {
          longest = now - last;
        }
        last = now;
      }
    }
  }
}
