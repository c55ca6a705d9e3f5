package dev.rootmean.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.ChildJvm.Outcome;
import dev.rootmean.contract.ChildJvm.Running;
import dev.rootmean.contract.LongTests;
import dev.rootmean.contract.PrivateMount;
import dev.rootmean.contract.ScalarDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of checkpoints when processes end badly, run out of disk, or are two. */
final class KilledWhileSavingTest {
  private static final int ROUNDS = LongTests.areWanted() ? 100 : 3;
  private static final long SEED = System.nanoTime();

  @TempDir private Path folder;

  /** Each child goes on from what the killed one before it has left. */
  @Test
  void theLatestIsWholeWheneverAProcessIsKilled() throws Exception {
    Random random = new Random(SEED);
    try (OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());
        Optimizer undisturbed = SavingLoop.optimizer(backend);
        Optimizer loaded = SavingLoop.optimizer(backend)) {
      for (int round = 0; round < ROUNDS; round++) {
        long told = lastSaved(killed(random.nextInt(80)));
        try (Checkpoint checkpoint = Checkpoints.in(folder).latest().orElseThrow()) {
          checkpoint.load(loaded);
          String where = "seed " + SEED + ", round " + round;
          long step = loaded.stepCount();
          assertTrue(step == told || step == told + 1, where + ": " + step + ", told " + told);
          assertEquals(Long.toString(step), checkpoint.notes().get("step"), where);
          SavingLoop.train(undisturbed, step);
          assertSame(where, undisturbed, loaded);
        }
      }
      Checkpoints.in(folder).save(loaded);
      assertEquals(3, names().size(), "two checkpoints and the lock: " + names());
    }
  }

  private Outcome killed(int milliseconds) throws Exception {
    Running child = ChildJvm.of(SavingLoop.class).start(folder.toString(), "1000000");
    while (child.process().isAlive() && !Files.readString(child.output()).contains("saved: ")) {
      Thread.sleep(5);
    }
    Thread.sleep(milliseconds);
    child.process().destroyForcibly();
    Outcome outcome = child.await();
    assertEquals(137, outcome.status(), outcome.text());
    return outcome;
  }

  private static long lastSaved(Outcome outcome) {
    List<String> saved = outcome.lines("saved");
    return Long.parseLong(saved.get(saved.size() - 1));
  }

  private static void assertSame(String where, Optimizer expected, Optimizer actual) {
    assertArrayEquals(floats(expected.parameter("w")), floats(actual.parameter("w")), where);
    assertArrayEquals(
        floats(expected.state("w").squareAverage()),
        floats(actual.state("w").squareAverage()),
        where);
    assertArrayEquals(
        floats(expected.state("w").momentum().orElseThrow()),
        floats(actual.state("w").momentum().orElseThrow()),
        where);
  }

  private static float[] floats(DeviceBuffer buffer) {
    float[] floats = new float[SavingLoop.LENGTH];
    buffer.read(floats);
    return floats;
  }

  /** Saves, and tells failures as the C library words them. */
  private static ChildJvm ofEnglishWords() {
    return ChildJvm.of(SavingLoop.class).environment("LC_ALL", "C");
  }

  @Test
  void aFullDiskCostsNoOlderCheckpointAndNotTheTraining() throws Exception {
    ChildJvm.of(SavingLoop.class).run(folder.toString(), "3").succeeded();
    Set<String> before = names();
    Outcome outcome =
        ofEnglishWords()
            .option("-XX:-UsePerfData") // a file that is larger
            .launchedBy("bash", "-c", "ulimit -f 300; exec \"$@\"", "bash") // files of 300 KiB
            .run(folder.toString(), "5")
            .succeeded();
    assertEquals(List.of("3"), outcome.lines("from"));
    String file = folder.resolve(".saving").resolve("model.safetensors").toString();
    assertEquals(
        List.of(file + ": File too large", file + ": File too large"), outcome.lines("not saved"));
    assertEquals(before, names());
  }

  /**
   * Sizes in KiB; a checkpoint takes 1,175, and the last two are kept beside a new one. Each may
   * take 256 more where pages are large.
   */
  @ParameterizedTest
  @CsvSource({"300, 0", "1500, 1", "2000, 1", "3000, 2"})
  void aDiskWithoutSpaceCostsNoOlderCheckpoint(int size, int saved) {
    Outcome outcome =
        PrivateMount.run(
            ofEnglishWords(), "cpu", folder, "size=" + size + "k", folder.toString(), "4");
    assertEquals(
        IntStream.rangeClosed(1, saved).mapToObj(Integer::toString).toList(),
        outcome.lines("saved"),
        outcome.text());
    List<String> failures = outcome.lines("not saved");
    assertEquals(4, saved + failures.size(), outcome.text());
    failures.forEach(told -> assertTrue(told.endsWith(": No space left on device"), told));
    assertEquals(Integer.toString(saved), outcome.line("latest"));
  }

  @Test
  void twoProcessesTakeTurns() throws Exception {
    Running one = ChildJvm.of(SavingLoop.class).start(folder.toString(), "6");
    Running other = ChildJvm.of(SavingLoop.class).start(folder.toString(), "6");
    for (Running child : List.of(one, other)) {
      Outcome outcome = child.await().succeeded();
      int steps = 6 - Integer.parseInt(outcome.line("from"));
      assertEquals(steps, outcome.lines("saved").size(), outcome.text());
    }
    assertEquals(3, names().size(), "two checkpoints and the lock");
    Checkpoints.in(folder).latest().orElseThrow().close();
  }

  private Set<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
  }
}
