package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Preset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A bit of a shard's file has changed since it was saved: that is told, and not trained on. */
@StartsSpark
class DamagedFilesTest {
  private static final int WORKERS = 2;
  private static final int SHARDS = 2;
  private static final int STEPS = 6;

  private static final Problem PROBLEM =
      Problem.of(Preset.PYTORCH.rule().toBuilder().momentum(0.9).build());

  /** What becomes of a file: each is told before anything in it is read for what it says. */
  private static final List<UnaryOperator<byte[]>> DAMAGES =
      List.of(
          bytes -> flipped(bytes, 8), // the header begins
          bytes -> flipped(bytes, 0), // its length
          bytes -> Arrays.copyOf(bytes, bytes.length - 1),
          bytes -> new byte[0],
          bytes -> flipped(bytes, bytes.length - 4));

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

  private static byte[] flipped(byte[] bytes, int which) {
    byte[] flipped = bytes.clone();
    flipped[which] ^= 1;
    return flipped;
  }

  /** Flips a bit of the last number, which any other would be as good for. */
  private static void flip(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, flipped(bytes, bytes.length - 4));
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
    byte[] saved = Files.readAllBytes(file);
    for (UnaryOperator<byte[]> damage : DAMAGES) {
      byte[] damaged = damage.apply(saved);
      Files.write(file, damaged);
      // Its hash alone is told of a file that is as long as it should be.
      String hash = damaged.length == saved.length ? " with SHA-256 " : ", expected ";
      refused(shards, file + " is damaged: it has " + damaged.length + " bytes" + hash);
    }
    Files.delete(file);
    IOException missing = assertThrows(IOException.class, () -> resume(shards).close());
    assertEquals(file + " cannot be read: no such file or directory", missing.getMessage());
    Files.createDirectory(file);
    refused(shards, file + " is damaged: it is no regular file, expected " + saved.length);
    Files.move(step(4), folder.resolve("removed"));
    try (ShardedTraining training = resume(shards)) {
      assertEquals(2, training.steps());
      finish(training);
    }
  }

  private void refused(int shards, String told) {
    IOException e = assertThrows(IOException.class, () -> resume(shards).close());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
    assertTrue(e.getMessage().startsWith(told), e.getMessage());
    assertTrue(
        e.getMessage().endsWith("remove " + step(4) + " to go on from the checkpoint before"),
        e.getMessage());
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
