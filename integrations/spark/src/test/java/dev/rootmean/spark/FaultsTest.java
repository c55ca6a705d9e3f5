package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Preset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks and devices fail in the driver's process, where a test sees more than in executors. */
@StartsSpark
class FaultsTest {
  private static final int SHARDS = 3;
  private static final int WORKERS = 2;
  private static final int BEFORE = 2;
  private static final int STEPS = 5;

  private static final Problem PROBLEM =
      Problem.of(Preset.PYTORCH.rule().toBuilder().momentum(0.9).centered(true).build());

  @TempDir private Path folder;
  private Path faults;

  @BeforeEach
  void makeFolder() throws IOException {
    faults = Files.createDirectory(folder.resolve("faults"));
  }

  private ShardedTraining training() throws IOException {
    return PROBLEM
        .builder(LocalSpark.get(), folder.resolve("run"))
        .backend("faulty:" + faults)
        .shards(SHARDS)
        .build(Problem.data(LocalSpark.get(), WORKERS), Problem.function(PROBLEM.lengths().size()));
  }

  /** Trains with something happening after some steps; how many parameters are wrong. */
  private int wrongAfter(String fault) throws IOException {
    Map<String, float[]> expected = PROBLEM.reference(WORKERS, STEPS);
    try (ShardedTraining training = training()) {
      training.run(BEFORE, result -> {});
      Path file = Files.createFile(faults.resolve(fault));
      training.step();
      assertFalse(Files.exists(file), "it did not happen");
      training.run(STEPS - BEFORE - 1, result -> {});
      return Problem.differences(expected, training.parameters());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        FaultyDevice.THROW_IN_STEP,
        FaultyDevice.THROW_AFTER_STEP,
        FaultyDevice.LOSE // here in the driver's process, which stays
      })
  void aTaskThatFails(String fault) throws IOException {
    assertEquals(0, wrongAfter(fault));
  }

  /** What the test above is worth: with a step in place it fails. */
  @Test
  void aStepInPlaceWouldBeNoticed() throws IOException {
    Files.createFile(faults.resolve(FaultyDevice.IN_PLACE));
    assertNotEquals(0, wrongAfter(FaultyDevice.THROW_IN_STEP));
  }

  /** And it fails for that: where no task does, a step in place is as good. */
  @Test
  void aStepInPlaceHarmsNobodyWithoutAFault() throws IOException {
    Files.createFile(faults.resolve(FaultyDevice.IN_PLACE));
    try (ShardedTraining training = training()) {
      training.run(STEPS, result -> {});
      Map<String, float[]> expected = PROBLEM.reference(WORKERS, STEPS);
      assertEquals(0, Problem.differences(expected, training.parameters()));
    }
  }

  /** A second try finds what the first has published. */
  @Test
  void whatIsPublishedIsNotSteppedAgain() throws IOException {
    try (ShardedTraining training = training()) {
      training.run(BEFORE, result -> {});
      Path launches = Files.createDirectory(faults.resolve(FaultyDevice.LAUNCHES));
      training.step();
      long usual = count(launches);
      Files.createFile(faults.resolve(FaultyDevice.THROW_AFTER_STEP));
      training.step();
      assertEquals(2 * usual, count(launches));
      Files.createFile(faults.resolve(FaultyDevice.THROW_IN_STEP));
      training.step();
      assertTrue(count(launches) > 3 * usual, "a step that failed was not taken again");
    }
  }

  private static long count(Path launches) throws IOException {
    try (Stream<Path> files = Files.list(launches)) {
      return files.count();
    }
  }

  @Test
  void whatIsEvictedIsComputedAgain() throws IOException {
    try (ShardedTraining training = training()) {
      training.run(BEFORE, result -> {});
      DeviceStore.clear();
      training.run(STEPS - BEFORE, result -> {});
      assertEquals(SHARDS * (STEPS + BEFORE), training.metrics().updates());
      Map<String, float[]> expected = PROBLEM.reference(WORKERS, STEPS);
      assertEquals(0, Problem.differences(expected, training.parameters()));
    }
  }
}
