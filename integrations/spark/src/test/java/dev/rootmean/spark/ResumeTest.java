package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.LearningRateSchedule;
import dev.rootmean.Preset;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A training goes on from its files, with the bits of one that never stopped. */
@StartsSpark
class ResumeTest {
  private static final int WORKERS = 2;
  private static final int STEPS = 7;

  private static final Problem PROBLEM =
      Problem.of(Preset.PYTORCH.rule().toBuilder().momentum(0.9).centered(true).build())
          .with(LearningRateSchedule.cosine(0.05, 0.01, 5).afterWarmup(2))
          .with(
              GradientPolicy.NONE
                  .withNormClip(0.5)
                  .withLossScale(new LossScale(0x1p64, 2, 0x1p-4, 2, 1)));

  @TempDir private Path folder;

  private ShardedTrainingBuilder builder(int shards) {
    return PROBLEM.builder(LocalSpark.get(), folder).checkpoints(folder, 2).shards(shards);
  }

  private static ShardedTraining resume(ShardedTrainingBuilder builder) throws IOException {
    return builder.resume(
        Problem.data(LocalSpark.get(), WORKERS), Problem.function(PROBLEM.lengths().size()));
  }

  /** Leaves a training that has come to step 5, and has saved 2 and 4. */
  private void leave(int shards) throws IOException {
    try (ShardedTraining training = resume(builder(shards))) {
      training.run(5, result -> {});
      assertEquals(5L * shards, training.metrics().updates());
      assertEquals(0, training.metrics().restores()); // a checkpoint is a new beginning, not a load
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void withAnyNumberOfShards(int shards) throws IOException {
    leave(3);
    try (ShardedTraining training = resume(builder(shards))) {
      assertEquals(4, training.steps());
      training.run(STEPS - 4, result -> {});
      assertEquals(shards, training.metrics().restores());
      assertEquals(
          0, Problem.differences(PROBLEM.reference(WORKERS, STEPS), training.parameters()));
      assertTrue(training.metrics().skipped() > 0, "no step was skipped");
    }
    assertFalse(Files.exists(folder.resolve("step-000000000002")));
  }

  @Test
  void whatWasNotFinishedDoesNotCount() throws IOException {
    leave(2);
    Files.delete(folder.resolve("step-000000000004/manifest"));
    try (ShardedTraining training = resume(builder(2))) {
      assertEquals(2, training.steps());
      training.run(STEPS - 2, result -> {});
      Map<String, float[]> expected = PROBLEM.reference(WORKERS, STEPS);
      assertEquals(0, Problem.differences(expected, training.parameters()));
    }
  }

  @Test
  void aFolderThatIsInUseIsNotBegunAnew() throws IOException {
    leave(2);
    refused(
        "has a training at step 4",
        () ->
            builder(2)
                .build(
                    Problem.data(LocalSpark.get(), WORKERS),
                    Problem.function(PROBLEM.lengths().size())));
  }

  private interface Refusal {
    void run() throws IOException;
  }

  private static void refused(String part, Refusal refusal) {
    IOException e = assertThrows(IOException.class, refusal::run);
    assertTrue(e.getMessage().contains(part), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  private void change(UnaryOperator<String> text) throws IOException {
    Path manifest = folder.resolve("step-000000000004/manifest");
    Files.writeString(manifest, text.apply(Files.readString(manifest, StandardCharsets.UTF_8)));
  }

  @Test
  void aManifestThatIsDamagedIsTold() throws IOException {
    leave(2);
    change(text -> text.replace("shards 2", "shards 3"));
    refused("manifest is damaged", () -> resume(builder(2)));
    change(text -> text.replace("shards 3", "shards 2").substring(0, text.length() - 1));
    refused("manifest is damaged", () -> resume(builder(2)));
    change(text -> "");
    refused("does not begin with", () -> resume(builder(2)));
    change(text -> "rootmean.sharded 2\n");
    refused("does not begin with", () -> resume(builder(2)));
    change(text -> "rootmean.sharded 1\ncrc32 00000000\n");
    refused("manifest is damaged", () -> resume(builder(2)));
    String strange = "rootmean.sharded 1\nstep \033[2J\n3\n4\n5\n6\n"; // for whoever reads logs
    change(text -> strange + "crc32 " + Manifest.checksum(strange) + "\n");
    refused("manifest has control characters", () -> resume(builder(2)));
  }

  @Test
  void anotherTrainingIsTold() throws IOException {
    leave(2);
    refused("it has seed 7, expected seed 8", () -> resume(builder(2).seed(8)));
    refused(
        "it has workers 2, expected workers 3",
        () ->
            builder(2)
                .resume(
                    Problem.data(LocalSpark.get(), 3), Problem.function(PROBLEM.lengths().size())));
    refused("it has policy GradientPolicy[", () -> resume(builder(2).policy(GradientPolicy.NONE)));
    refused("it has nothing more, expected tensor", () -> resume(builder(2).parameter("more", 1)));
  }

  /** By the executor that wants to read it. */
  @Test
  void aMissingShardIsTold() throws IOException {
    leave(2);
    Files.move(
        folder.resolve("step-000000000004/shard-00001-of-00002"), folder.resolve("elsewhere"));
    Exception e = assertThrows(Exception.class, () -> resume(builder(2)).close());
    assertTrue(e.getMessage().contains("00001-of-00002 has no checkpoint"), e.getMessage());
  }

  /** A step is taken whether its checkpoint is or not. */
  @Test
  void aCheckpointThatFailsIsTold() throws IOException {
    try (ShardedTraining training = resume(builder(2))) {
      Path inTheWay = Files.createFile(folder.resolve("step-000000000002"));
      UncheckedIOException e =
          assertThrows(UncheckedIOException.class, () -> training.run(2, result -> {}));
      assertTrue(e.getMessage().contains("step 2 is taken, its checkpoint is not"), e.getMessage());
      assertEquals(2, training.steps());
      Files.delete(inTheWay);
      training.step();
      assertTrue(Files.exists(folder.resolve("step-000000000003/manifest")), "not made up for");
      training.run(STEPS - 3, result -> {});
      Map<String, float[]> expected = PROBLEM.reference(WORKERS, STEPS);
      assertEquals(0, Problem.differences(expected, training.parameters()));
    }
  }

  @Test
  void sparkMayEndBeforeTheTraining() throws IOException {
    ShardedTraining training = resume(builder(2));
    training.step();
    LocalSpark.stop();
    training.close();
    assertThrows(IllegalStateException.class, training::step);
  }

  /** As deep as a lineage can be: all of it is computed again in one task. */
  @Test
  @Tag("thorough")
  void aHundredStepsAreComputedAgain() throws IOException {
    Problem problem = Problem.of(Preset.PYTORCH.rule());
    try (ShardedTraining training = problem.training(LocalSpark.get(), folder, 2, 1)) {
      training.run(99, result -> {});
      DeviceStore.clear();
      training.step();
      assertEquals(2 * 100 + 2 * 99, training.metrics().updates());
      assertEquals(0, Problem.differences(problem.reference(1, 100), training.parameters()));
    }
  }
}
