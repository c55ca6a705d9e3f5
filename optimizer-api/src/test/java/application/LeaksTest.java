package application;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendInfo;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.EventCapture;
import dev.rootmean.contract.LogCapture;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.contract.Wrapped;
import dev.rootmean.spi.DeviceBackend;
import dev.rootmean.spi.Leaks;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What is dropped without being closed is given back all the same, and told once, with the line of
 * an application that made it: so this test is in a package of its own.
 */
class LeaksTest {
  /** Counts what is given back; refers to no backend. */
  private static final class Counting extends Wrapped<TypedArray> {
    private final String name;
    private final AtomicInteger freed = new AtomicInteger();
    private final AtomicInteger released = new AtomicInteger();

    Counting(String name) {
      super(new ScalarDevice());
      this.name = name;
    }

    OptimizerBackend open() {
      return new DeviceBackend<>(
          new BackendInfo(name, "a Java loop", 1 << 20, true, Set.of(FLOAT32)), this);
    }

    @Override
    public void free(TypedArray memory) {
      freed.incrementAndGet();
    }

    @Override
    public void release() {
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
    collectUntil(count::get, wanted);
  }

  private static void collectUntil(IntSupplier count, int wanted) throws InterruptedException {
    for (int i = 0; i < 600 && count.getAsInt() < wanted; i++) {
      System.gc();
      Thread.sleep(50);
    }
    assertEquals(wanted, count.getAsInt());
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
    String maker = "WARNING dropped: the backend of application.LeaksTest$Counting.open(Leaks";
    assertTrue(line.startsWith(maker), line);
  }

  /** What an adapter is to an application, ScalarDevice is here: its lines help nobody. */
  @Test
  void whoeverHasAskedAnAdapterIsTold() throws InterruptedException {
    Counting device = new Counting("in an adapter");
    ScalarDevice.open(device);
    collectUntil(device.released, 1);
    collectEverything();
    String line = told("scalar").get(0);
    String maker = "WARNING scalar: the backend of application.LeaksTest.whoeverHasAsked";
    assertTrue(line.startsWith(maker), line);
  }

  /** Who records is told where a buffer was made, though the log has no word of it. */
  @Test
  void aDroppedBufferIsRecorded() throws InterruptedException {
    Counting device = new Counting("recorded");
    try (EventCapture capture = EventCapture.start();
        OptimizerBackend backend = device.open()) {
      backend.allocate(FLOAT32, 8);
      collectUntil(device.freed, 1);
      collectEverything();
      List<RecordedEvent> leaks =
          capture.events("Leak").stream()
              .filter(event -> event.getString("what").equals("recorded: a buffer"))
              .toList();
      assertEquals(1, leaks.size(), leaks::toString);
      assertEquals(32, leaks.get(0).getLong("bytes"));
      assertEquals(1, leaks.get(0).getInt("count"));
      String maker = "application.LeaksTest.aDroppedBufferIsRecorded(LeaksTest.java:";
      assertTrue(leaks.get(0).getString("madeAt").startsWith(maker), leaks::toString);
      assertEquals(List.of(), told("recorded"));
    }
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
  void whoMadeADroppedBufferIsToldAtDebug() throws InterruptedException {
    Counting device = new Counting("debugged");
    log.debug();
    try (OptimizerBackend backend = device.open()) {
      backend.allocate(FLOAT32, 8);
      collectUntil(() -> told("debugged").size(), 1);
    }
    String line = told("debugged").get(0);
    String maker = "FINE debugged: a buffer of " + LeaksTest.class.getName() + ".whoMade";
    assertTrue(line.startsWith(maker), line);
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

  private final LogCapture owners = LogCapture.of(Leaks.class);

  /** Not what other tests have dropped. */
  private List<String> ours() {
    return owners.lines().stream().filter(line -> line.contains(".LeaksTest.")).toList();
  }

  @Test
  void aDroppedOptimizerIsToldOnceAndItsMemoryFreed() throws InterruptedException {
    Counting device = new Counting("kept");
    owners.start();
    try (OptimizerBackend backend = device.open()) {
      DeviceBuffer[] slice = {
        Optimizer.builder(backend, Preset.PYTORCH.rule()).parameter("w", 8).build().parameter("w")
      };
      collectUntil(() -> ours().size(), 1);
      String line = ours().get(0);
      String told = "WARNING the optimizer of application.LeaksTest.aDroppedOptimizer";
      assertTrue(line.startsWith(told) && line.contains("was dropped without close"), line);
      slice[0].read(new float[8]);
      slice[0] = null;
      collectUntil(device.freed, 3);
      collectEverything();
      assertEquals(1, ours().size(), "not its state too: " + owners.text());
    } finally {
      owners.stop();
    }
  }

  @Test
  void aDroppedStateIsToldUnlessItsBackendIsClosed() throws InterruptedException {
    owners.start();
    try (OptimizerBackend backend = new Counting("kept").open()) {
      RmsPropState.allocate(backend, Preset.PYTORCH.rule(), FLOAT32, 8);
      collectUntil(() -> ours().size(), 1);
      assertTrue(ours().get(0).startsWith("WARNING the state of "), owners.text());
      RmsPropState.allocate(backend, Preset.PYTORCH.rule(), FLOAT32, 8).close();
    } finally {
      owners.stop();
    }
    owners.start();
    OptimizerBackend closed = new Counting("closed").open();
    RmsPropState[] state = {RmsPropState.allocate(closed, Preset.PYTORCH.rule(), FLOAT32, 8)};
    closed.close();
    state[0] = null;
    collectEverything();
    owners.stop();
    assertEquals(1, ours().size(), owners.text());
  }

  /** Drops a backend, an optimizer and a buffer, and waits until they have been given back. */
  static final class Forgetful {
    private Forgetful() {}

    public static void main(String[] arguments) throws InterruptedException {
      Counting device = new Counting("forgotten");
      drop(device);
      collectUntil(device.released, 1);
      collectEverything(); // whoever is told by now is told
      System.out.println("freed: " + device.freed);
    }

    private static void drop(Counting device) {
      OptimizerBackend backend = device.open();
      Optimizer.builder(backend, Preset.PYTORCH.rule()).parameter("w", 8).build();
      backend.allocate(FLOAT32, 8);
    }
  }

  private static ChildJvm.Outcome forget(String detail) {
    return ChildJvm.of(Forgetful.class)
        .environment("ROOTMEAN_LEAKS", detail)
        .option("-Djava.util.logging.SimpleFormatter.format=%4$s %5$s%6$s%n")
        .run();
  }

  private static long count(String part, ChildJvm.Outcome outcome) {
    return outcome.text().lines().filter(line -> line.contains(part)).count();
  }

  @Test
  void nothingIsToldWhenItIsOff() {
    ChildJvm.Outcome outcome = forget("off").succeeded();
    assertEquals("4", outcome.line("freed"));
    assertEquals(0, count("dropped", outcome), outcome.text());
  }

  @Test
  void theWholeStackIsToldToTheParanoidOfBuffersToo() {
    ChildJvm.Outcome outcome = forget(" Paranoid").succeeded();
    assertEquals("4", outcome.line("freed"));
    String maker = "application.LeaksTest$Forgetful.drop(LeaksTest.java:";
    String opener = "WARNING forgotten: the backend of application.LeaksTest$Counting.open(";
    assertEquals(1, count(opener, outcome), outcome.text());
    assertTrue(count("WARNING forgotten: a buffer of " + maker, outcome) >= 1, outcome.text());
    assertTrue(count("at dev.rootmean.spi.DeviceBackend.allocate(", outcome) >= 1, outcome.text());
    assertTrue(count("at application.LeaksTest$Forgetful.main(", outcome) >= 2, outcome.text());
  }

  @Test
  void anotherWordIsRefusedWithThoseThatThereAre() {
    ChildJvm.Outcome outcome = forget("loud");
    String told = "rootmean: settings: ROOTMEAN_LEAKS=loud: expected off, simple or paranoid";
    assertEquals(1, count(told, outcome), outcome.text());
  }
}
