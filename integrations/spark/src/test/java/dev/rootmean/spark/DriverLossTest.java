package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The driver is killed, each time another process, and the next one goes on. */
@StartsSpark
@Tag("thorough")
class DriverLossTest {
  private static final int KILLED = 137;
  private static final int STEPS = 8;
  private static final int SECONDS = 120;

  @TempDir private Path folder;

  /** Between two checkpoints, and while executors write one; and each time it is cut otherwise. */
  @Test
  void resumedByOthers() throws Exception {
    ChildJvm.Outcome first = DriverProcess.jvm().run(folder.toString(), "3", "5");
    assertEquals(KILLED, first.status(), first.text());
    assertEquals("0", first.line("from"), first.text());
    assertTrue(Files.exists(folder.resolve("run/step-000000000003/manifest")), first.text());

    Path dawdle = Files.createFile(folder.resolve(FaultyDevice.DAWDLE_IN_SAVE));
    ChildJvm.Running second = DriverProcess.jvm().start(folder.toString(), "2", "0");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (Files.exists(dawdle) && second.process().isAlive() && System.nanoTime() < deadline) {
      Thread.sleep(20);
    }
    second.process().destroyForcibly();
    ChildJvm.Outcome killed = second.await();
    assertEquals("3", killed.line("from"), killed.text());
    assertFalse(Files.exists(dawdle), killed.text());
    assertTrue(Files.exists(folder.resolve("run/step-000000000006")), killed.text());
    assertFalse(Files.exists(folder.resolve("run/step-000000000006/manifest")), killed.text());

    try (ShardedTraining training = DriverProcess.resume(LocalSpark.get(), folder, 4)) {
      assertEquals(3, training.steps());
      training.run(STEPS - training.steps());
      assertEquals(
          0,
          Problem.differences(
              DriverProcess.PROBLEM.reference(DriverProcess.WORKERS, STEPS),
              training.parameters()));
    }
  }
}
