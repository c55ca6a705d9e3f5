package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Preset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A bit of a shard's file has changed since it was saved: that is told, and not trained on. */
@Tag("any-jdk") // Spark runs on some alone
class DamagedFilesTest {
  private static final int WORKERS = 2;
  private static final int SHARDS = 2;
  private static final int STEPS = 6;

  private static final Problem PROBLEM =
      Problem.of(Preset.PYTORCH.rule().toBuilder().momentum(0.9).build());

  @TempDir private Path folder;

  private ShardedTraining resume(int shards) throws IOException {
    return PROBLEM
        .builder(LocalSpark.get(), folder)
        .checkpoints(folder, 2)
        .shards(shards)
        .resume(
            Problem.data(LocalSpark.get(), WORKERS), Problem.function(PROBLEM.lengths().size()));
  }

  private Path step(int step) {
    return folder.resolve("step-00000000000" + step);
  }

  /** Flips a bit of the last number, which any other would be as good for. */
  private static void flip(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 4] ^= 1;
    Files.write(file, bytes);
  }

  private static void finish(ShardedTraining training) {
    training.run(STEPS - training.steps());
    Map<String, float[]> expected = PROBLEM.reference(WORKERS, STEPS);
    assertEquals(0, Problem.differences(expected, training.parameters()));
  }

  /** Whoever goes on is told in one line what to do, and then can. */
  @ParameterizedTest
  @CsvSource({"model.safetensors, 2", "optimizer.safetensors, 3"})
  void byWhoGoesOn(String name, int shards) throws IOException {
    try (ShardedTraining training = resume(SHARDS)) {
      training.run(4);
    }
    Path file = step(4).resolve("shard-00001-of-00002/checkpoint-000001-step-4").resolve(name);
    flip(file);
    IOException e = assertThrows(IOException.class, () -> resume(shards).close());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
    assertTrue(
        e.getMessage().startsWith(file + " is damaged: it has " + Files.size(file) + " bytes"),
        e.getMessage());
    assertTrue(
        e.getMessage().endsWith("remove " + step(4) + " to go on from the checkpoint before"),
        e.getMessage());
    Files.move(step(4), folder.resolve("removed"));
    try (ShardedTraining training = resume(shards)) {
      assertEquals(2, training.steps());
      finish(training);
    }
  }

  /** The same where a shard is lost. */
  @Test
  void byATrainingThatIsAtIt() throws IOException {
    try (ShardedTraining training = resume(SHARDS)) {
      training.run(2);
      Path file =
          step(2).resolve("shard-00000-of-00002/checkpoint-000001-step-2/model.safetensors");
      flip(file);
      DeviceStore.clear();
      Exception e = assertThrows(Exception.class, training::step);
      assertTrue(e.getMessage().contains(file + " is damaged: it has "), e.getMessage());
      flip(file);
      finish(training);
    }
  }
}
