package dev.rootmean.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.Progress;
import dev.rootmean.RmsProp;
import dev.rootmean.contract.LogCapture;
import dev.rootmean.contract.ScalarDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is saved, kept and refused; that it is exact is the contract's. */
final class CheckpointsTest {
  private static final RmsProp RULE = RmsProp.builder().momentum(0.5).build();

  private final OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());

  @TempDir private Path temporary;

  @AfterEach
  void close() {
    backend.close();
  }

  private Checkpoints checkpoints() {
    return Checkpoints.in(temporary.resolve("of a/training"));
  }

  private OptimizerBuilder model() {
    return Optimizer.builder(backend, RULE)
        .parameter("a", 2, 3)
        .group("bias", rule -> rule.weightDecay(0.1).centered(true))
        .parameter("b", 3);
  }

  private Set<String> files() throws IOException {
    return names(temporary.resolve("of a/training"));
  }

  private static Set<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  @Test
  void theLatestIsTheOneThatWasSavedLast() throws Exception {
    assertTrue(checkpoints().latest().isEmpty(), "no folder");
    try (Optimizer optimizer = model().build()) {
      assertTrue(checkpoints().resume(optimizer).isEmpty());
      Progress start = optimizer.progress();
      for (int step = 0; step < 3; step++) {
        checkpoints().save(optimizer, Map.of("step", Integer.toString(step)));
        optimizer.step();
      }
      assertEquals(
          Set.of(".lock", "checkpoint-000002-step-1", "checkpoint-000003-step-2"), files());
      assertEquals(Map.of("step", "2"), checkpoints().resume(optimizer).orElseThrow());
      assertEquals(2, optimizer.progress().attempts());
      optimizer.resume(start); // back to an earlier step
      Path saved = checkpoints().keeping(1).save(optimizer, Map.of("place", "€ \"1\"\n"));
      assertEquals(Set.of(".lock", "checkpoint-000004-step-0"), files());
      try (Checkpoint latest = checkpoints().latest().orElseThrow()) {
        assertEquals(saved, latest.path());
        assertEquals(start, latest.progress());
        assertEquals(Map.of("place", "€ \"1\"\n"), latest.notes());
      }
      Files.delete(saved.resolve("optimizer.safetensors")); // which would be told, if it was opened
      CheckpointInspection refusal =
          found -> {
            throw new IOException("refused: " + found);
          };
      IOException told = assertThrows(IOException.class, () -> checkpoints().latest(refusal));
      assertEquals("refused: " + saved, told.getMessage());
    }
  }

  @Test
  void namesAreThoseOfPyTorch() throws Exception {
    try (Optimizer optimizer = model().build()) {
      Path saved = checkpoints().save(optimizer);
      try (SafetensorsReader model = SafetensorsReader.open(saved.resolve("model.safetensors"));
          SafetensorsReader state =
              SafetensorsReader.open(saved.resolve("optimizer.safetensors"))) {
        assertEquals(Set.of("a", "b"), model.tensors().keySet());
        assertEquals("F32[2, 3]", model.tensors().get("a").toString());
        assertEquals(
            Set.of(
                "a.square_avg",
                "a.momentum_buffer",
                "b.square_avg",
                "b.momentum_buffer",
                "b.grad_avg"),
            state.tensors().keySet());
        assertEquals("0.5", state.metadata().get("rule.momentum"));
        assertEquals("0.1", state.metadata().get("group.bias.weightDecay"));
        assertEquals("bias", state.metadata().get("tensor.b.group"));
        assertEquals("Infinity", state.metadata().get("policy.normClip"));
      }
    }
  }

  /** What killed processes leave, at the least and at the most. */
  @Test
  void leftOversAreRemovedByTheNextSave() throws Exception {
    try (Optimizer optimizer = model().build()) {
      Path saved = checkpoints().save(optimizer);
      for (String unfinished : List.of(".saving", ".removing")) {
        Path folder = Files.createDirectories(saved.resolveSibling(unfinished));
        Files.writeString(folder.resolve("model.safetensors"), "half");
      }
      Files.writeString(saved.resolveSibling("mine.txt"), "precious");
      Files.createDirectory(saved.resolveSibling("checkpoint-x"));
      try (Checkpoint latest = checkpoints().latest().orElseThrow()) {
        assertEquals(saved, latest.path());
      }
      checkpoints().save(optimizer);
      assertEquals(
          Set.of(
              ".lock",
              "mine.txt",
              "checkpoint-x",
              "checkpoint-000001-step-0",
              "checkpoint-000002-step-0"),
          files());
    }
  }

  /** Whatever else may be different in it, down to its files. */
  @Test
  void aNewerFormatIsRefusedByItsVersion() throws Exception {
    Path file = Files.createDirectory(temporary.resolve("newer")).resolve("optimizer.safetensors");
    String header = "{\"__metadata__\":{\"rootmean.checkpoint\":\"2\"}}";
    Files.write(file, SafetensorsText.bytes(header, new byte[0]));
    refused(
        file
            + " has format version 2, and this Rootmean knows up to 1: expected the Rootmean that"
            + " wrote it, or a newer one",
        file);
    Files.write(file, SafetensorsText.bytes(header.replace("2", "two"), new byte[0]));
    refused(file + " has format version \"two\": expected a number", file);
    Files.write(file, SafetensorsText.bytes("{}", new byte[0]));
    refused(file + " has no rootmean.checkpoint: expected a file that Checkpoints has saved", file);
    Files.write(file, SafetensorsText.bytes(header.replace("2", "1"), new byte[0]));
    refused(
        file + " has no progress.gatheredMicroBatches: expected a file that Checkpoints has saved",
        file);
    write(file, "8", "0", "");
    refused(file + ": skippedSteps 8: expected a number from 0 to the number of attempts", file);
    write(file, "\u009b2J" + "1".repeat(10_000), "0", "");
    refused(
        file
            + " has progress.skippedSteps \"\\u{9b}2J"
            + "1".repeat(197)
            + "...\": expected a number",
        file);
    write(file, "7", "0", "," + SafetensorsText.tensor("\u009b.gathered", "F32", "[0]", "[0,0]"));
    refused(file + " has \"\\u{9b}.gathered\" of 0 micro-batches: expected at least 1", file);
  }

  /** A file after 7 attempts. */
  private static void write(Path file, String skipped, String microBatches, String tensors)
      throws IOException {
    String header =
        """
        {"__metadata__":{"rootmean.checkpoint":"1","progress.attempts":"7",
        "progress.skippedSteps":"%","progress.gatheredMicroBatches":"#","progress.learningRate":"1",
        "progress.lossScale":"1","progress.goodSteps":"0"}""";
    header = header.replace("%", skipped).replace("#", microBatches) + tensors + "}";
    Files.write(file, SafetensorsText.bytes(header, new byte[0]));
  }

  private static void refused(String expected, Path file) {
    CheckpointException refused =
        assertThrows(CheckpointException.class, () -> Checkpoint.open(file.getParent()).close());
    assertEquals(expected, refused.getMessage());
  }

  @Test
  void whatCouldNotBeReadAgainIsNotSaved() {
    String group = "g".repeat(1 << 16);
    try (Optimizer optimizer = model().build();
        Optimizer grouped =
            Optimizer.builder(backend, RULE).group(group, rule -> rule).parameter("a", 1).build()) {
      Map<String, String> notes = Map.of("€".repeat(30_000), "");
      String told =
          assertThrows(CheckpointException.class, () -> checkpoints().save(optimizer, notes))
              .getMessage();
      assertEquals(
          "\"note." + "€".repeat(195) + "...\" has 90005 bytes: expected at most 65536", told);
      assertThrows(CheckpointException.class, () -> checkpoints().save(grouped));
    }
  }

  /** Even root cannot remove what has a path of more than 4096 bytes. */
  @Test
  void anOldCheckpointThatCannotBeRemovedIsAWarning() throws Exception {
    Path deep = temporary.resolve("d");
    Path inner = deep;
    while (inner.toString().length() < 3900) {
      inner = inner.resolve("d".repeat(180));
    }
    Files.createDirectories(inner);
    LogCapture log = LogCapture.of(Checkpoints.class);
    log.start();
    try (Optimizer optimizer = model().build()) {
      Path old = checkpoints().keeping(1).save(optimizer);
      Path kept = old.resolveSibling(".removing-1").resolve("d".repeat(200));
      Files.move(deep, old.resolve(kept.getFileName()));
      checkpoints().keeping(1).save(optimizer);
      Path saved = checkpoints().keeping(1).save(optimizer);
      assertEquals(
          Set.of(".lock", ".removing-1", saved.getFileName().toString()), files(), log.text());
      assertTrue(log.text().contains("WARNING"), log.text());
      Files.move(kept, deep);
      checkpoints().keeping(1).save(optimizer);
      assertEquals(Set.of(".lock", "checkpoint-000004-step-0"), files());
    } finally {
      log.stop();
    }
  }

  /** Else a training would begin anew, and its saves would remove the old ones. */
  @Test
  void whatCannotBeLookedAtIsNoMissingCheckpoint() throws Exception {
    Path loop = temporary.resolve("loop");
    Files.createSymbolicLink(loop, loop);
    assertThrows(IOException.class, () -> Checkpoints.in(loop).latest());
    try (Optimizer optimizer = model().build()) {
      Path saved = checkpoints().save(optimizer);
      Path later = saved.resolveSibling("checkpoint-000002-step-0");
      Files.createSymbolicLink(later, later);
      assertThrows(IOException.class, () -> checkpoints().latest());
      assertThrows(IOException.class, () -> checkpoints().save(optimizer));
    }
  }

  @Test
  void threadsTakeTurns() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      List<Callable<Path>> saves = new ArrayList<>();
      for (int thread = 0; thread < 3; thread++) {
        saves.add(
            () -> {
              Path last = null;
              try (Optimizer optimizer = model().build()) {
                for (int i = 0; i < 10; i++) {
                  last = checkpoints().save(optimizer);
                  checkpoints().latest().orElseThrow().close(); // others remove them meanwhile
                }
              }
              return last;
            });
      }
      for (Future<Path> save : threads.invokeAll(saves)) {
        save.get();
      }
    } finally {
      threads.shutdown();
    }
    assertEquals(Set.of(".lock", "checkpoint-000029-step-0", "checkpoint-000030-step-0"), files());
  }

  @Test
  void aFileInTheFoldersPlaceIsTold() throws Exception {
    Path file = Files.writeString(temporary.resolve("file"), "precious");
    try (Optimizer optimizer = model().build()) {
      IOException refused =
          assertThrows(IOException.class, () -> Checkpoints.in(file).save(optimizer));
      assertEquals(file + ": is a file: expected a folder", refused.getMessage());
      assertThrows(IOException.class, () -> Checkpoints.in(file).latest());
    }
    assertEquals("precious", Files.readString(file));
  }

  @Test
  void numbersThatCannotBeAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> checkpoints().keeping(0));
    assertThrows(IllegalArgumentException.class, () -> checkpoints().splitAt(0));
  }
}
