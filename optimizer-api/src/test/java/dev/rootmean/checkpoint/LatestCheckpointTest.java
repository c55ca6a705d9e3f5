package dev.rootmean.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Progress;
import dev.rootmean.RmsProp;
import dev.rootmean.contract.ScalarDevice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What may become of the latest checkpoint between finding, opening and loading it. */
final class LatestCheckpointTest {
  private final OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());
  private Optimizer optimizer;
  private Checkpoints checkpoints;

  @TempDir private Path folder;

  @BeforeEach
  void build() {
    checkpoints = Checkpoints.in(folder).keeping(1);
    optimizer =
        Optimizer.builder(backend, RmsProp.builder().build())
            .parameter("a", 2)
            .policy(GradientPolicy.NONE.withLossScale(new LossScale(64, 2, 0.5, 10, 1)))
            .build();
  }

  @AfterEach
  void close() {
    optimizer.close();
    backend.close();
  }

  @Test
  void whatOthersHaveRemovedMeanwhileGivesWayToWhatTheySaved() throws IOException {
    Path first = checkpoints.save(optimizer);
    List<Path> inspected = new ArrayList<>();
    CheckpointInspection saving =
        found -> {
          inspected.add(found);
          if (inspected.size() == 1) {
            checkpoints.save(optimizer);
          }
        };
    try (Checkpoint latest = checkpoints.latest(saving).orElseThrow()) {
      assertTrue(Files.notExists(first));
      assertEquals(List.of(first, latest.path()), inspected);
    }
  }

  @Test
  void whatOthersHaveRemovedWithoutAnotherIsNone() throws IOException {
    checkpoints.save(optimizer);
    assertTrue(checkpoints.latest(Folders::delete).isEmpty());
  }

  @Test
  void whatIsNoFolderIsNoCheckpoint() throws IOException {
    Path saved = checkpoints.save(optimizer);
    Files.createFile(folder.resolve("checkpoint-000008-step-8"));
    Files.createSymbolicLink(folder.resolve("checkpoint-000009-step-9"), folder.resolve("none"));
    try (Checkpoint latest = checkpoints.latest().orElseThrow()) {
      assertEquals(saved, latest.path());
    }
  }

  @Test
  void aCheckpointThatLacksAFileIsTold() throws IOException {
    Path state = checkpoints.save(optimizer).resolve("optimizer.safetensors");
    Files.delete(state);
    NoSuchFileException told = assertThrows(NoSuchFileException.class, checkpoints::latest);
    assertEquals(state.toString(), told.getFile());
  }

  /** As somebody may have written into the file. */
  @Test
  void aLossScaleThatTheTypeCannotHoldIsRefusedAndChangesNothing() throws IOException {
    Path saved = checkpoints.save(optimizer);
    Path state = saved.resolve("optimizer.safetensors");
    String text = Files.readString(state, StandardCharsets.ISO_8859_1);
    String changed = text.replace("lossScale\":\"64.0\"", "lossScale\":\"1e99\"");
    assertEquals(text.length(), changed.length());
    Files.writeString(state, changed, StandardCharsets.ISO_8859_1);
    optimizer.parameter("a").write(new float[] {1, 2});
    Progress before = optimizer.progress();
    try (Checkpoint checkpoint = Checkpoint.open(saved)) {
      CheckpointException told =
          assertThrows(CheckpointException.class, () -> checkpoint.load(optimizer));
      assertEquals(
          saved
              + " does not fit the optimizer: lossScale 1.0E99 cannot be taken out in FLOAT32:"
              + " expected a number of ordinary size",
          told.getMessage());
    }
    assertEquals(before, optimizer.progress());
    float[] kept = new float[2];
    optimizer.parameter("a").read(kept);
    assertEquals(2, kept[1]);
  }
}
