package dev.rootmean.spi;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.LogCapture;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is dropped without being closed is given back all the same, and told once. */
class LeaksTest {
  /** Counts what is given back; refers to no backend. */
  private static final class Counting extends ScalarDevice {
    private final AtomicInteger freed = new AtomicInteger();
    private final AtomicInteger released = new AtomicInteger();

    Counting(String name) {
      super(new BackendInfo(name, "a Java loop", 1 << 20, true, Set.of(DataType.values())));
    }

    @Override
    public void free(TypedArray memory) {
      freed.incrementAndGet();
    }

    @Override
    public void releaseDevice() {
      released.incrementAndGet();
    }
  }

  private final LogCapture log = LogCapture.of(DeviceBackend.class);

  @BeforeEach
  void capture() {
    log.start();
  }

  @AfterEach
  void release() {
    log.stop();
  }

  /** Collects garbage until so much was given back, for half a minute at most. */
  private static void collectUntil(AtomicInteger count, int wanted) throws InterruptedException {
    for (int i = 0; i < 600 && count.get() < wanted; i++) {
      System.gc();
      Thread.sleep(50);
    }
    assertEquals(wanted, count.get());
  }

  /** Whatever was dropped before the first of these has been dealt with when the second has. */
  private static void collectEverything() throws InterruptedException {
    for (int i = 0; i < 2; i++) {
      Counting canary = new Counting("canary");
      canary.open();
      collectUntil(canary.released, 1);
    }
  }

  private List<String> told(String name) {
    return log.lines().stream().filter(line -> line.contains(name + ":")).toList();
  }

  @Test
  void aDroppedBackendIsClosedAndToldOnce() throws InterruptedException {
    Counting device = new Counting("dropped");
    DeviceBuffer[] buffers = {device.open().allocate(FLOAT32, 8)};
    collectEverything();
    assertEquals(0, device.released.get(), "a buffer keeps its backend");
    buffers[0] = buffers[0].slice(1, 2);
    collectEverything();
    assertEquals(0, device.freed.get(), "a slice keeps its buffer");
    buffers[0].read(new float[2]);
    buffers[0] = null;
    collectUntil(device.released, 1);
    assertEquals(1, device.freed.get());
    assertEquals(1, told("dropped").size(), log.text());
    String line = told("dropped").get(0);
    String maker = "WARNING dropped: the backend of dev.rootmean.contract.ScalarDevice.open(Scalar";
    assertTrue(line.startsWith(maker), line);
  }

  @Test
  void aDroppedBufferIsFreed() throws InterruptedException {
    Counting device = new Counting("kept");
    try (OptimizerBackend backend = device.open();
        DeviceBuffer kept = backend.allocate(FLOAT32, 8)) {
      backend.allocate(FLOAT32, 8);
      collectUntil(device.freed, 1);
      kept.read(new float[8]);
    }
    assertEquals(2, device.freed.get());
  }

  @Test
  void whatIsClosedIsNotTold() throws InterruptedException {
    Counting device = new Counting("closed");
    OptimizerBackend[] backend = {device.open()};
    DeviceBuffer[] buffer = {backend[0].allocate(FLOAT32, 8)};
    buffer[0].close();
    backend[0].close();
    backend[0] = null;
    buffer[0] = null;
    collectEverything();
    assertEquals(List.of(), told("closed"));
    assertEquals(2, told("canary").size(), log.text());
    assertEquals(1, device.freed.get());
    assertEquals(1, device.released.get());
  }
}
