package dev.rootmean.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.RequiredBackends;
import dev.rootmean.contract.ScalarDevice;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A child JVM saves checkpoints, and each call that it makes of the file system is recorded. Then
 * the power fails behind each of these calls, in every way that a {@link RecordedDisk} knows.
 */
final class PowerFailureTest {
  private static final int SAVES = 3;
  private static final int LENGTH = 50;
  private static final String NONE = "none";

  /** How the names begin of files that the child makes when it has been told that one is saved. */
  private static final String TOLD = "told-";

  @TempDir private static Path folder;
  private static Path saving;
  private static List<String> record;
  private static final OptimizerBackend BACKEND = ScalarDevice.open(new ScalarDevice());

  /** By the number of the step, what a training has then. */
  private static final List<List<String>> EXPECTED = new ArrayList<>();

  /** What was loaded from a tree. */
  private final Map<Map<String, String>, String> loaded = new HashMap<>();

  @TempDir private Path left;

  /** The child: saves after each of some steps, and keeps one checkpoint. */
  public static void main(String[] arguments) throws IOException {
    Path run = Path.of(arguments[0]);
    try (Optimizer optimizer = optimizer()) {
      for (int step = 1; step <= SAVES; step++) {
        step(optimizer);
        Checkpoints.in(run).keeping(1).save(optimizer);
        Files.createFile(run.resolveSibling(TOLD + step));
      }
    }
  }

  private static Optimizer optimizer() {
    return Optimizer.builder(BACKEND, RmsProp.builder().build()).parameter("w", LENGTH).build();
  }

  private static void step(Optimizer optimizer) {
    float[] gradient = new float[LENGTH];
    Arrays.fill(gradient, (int) optimizer.stepCount() + 1);
    optimizer.gradient("w").write(gradient);
    optimizer.step();
  }

  private static List<String> contents(Optimizer optimizer) {
    float[] parameters = new float[LENGTH];
    float[] squares = new float[LENGTH];
    optimizer.parameter("w").read(parameters);
    optimizer.state("w").squareAverage().read(squares);
    return List.of(Arrays.toString(parameters), Arrays.toString(squares));
  }

  @BeforeAll
  static void recordASave() throws Exception {
    saving = Files.createDirectory(folder.toRealPath().resolve("saving"));
    Path file = folder.resolve("record");
    ChildJvm.of(PowerFailureTest.class)
        .environment("LD_PRELOAD", recorder().getFileName()) // whose path would end at a blank
        .environment("LD_LIBRARY_PATH", folder)
        .environment("RECORDED_FOLDER", saving)
        .environment("RECORD", file)
        .run(saving.resolve("run").toString())
        .succeeded();
    record = Files.readAllLines(file);
    try (Optimizer optimizer = optimizer()) {
      for (int step = 0; step <= SAVES; step++) {
        EXPECTED.add(contents(optimizer));
        step(optimizer);
      }
    }
  }

  private static Path recorder() throws IOException, InterruptedException, URISyntaxException {
    Path library = folder.resolve("record-calls.so");
    String source =
        Path.of(PowerFailureTest.class.getResource("record-calls.c").toURI()).toString();
    List<String> gcc =
        List.of("env", "gcc", "-shared", "-fPIC", "-o", library.toString(), source, "-ldl");
    if (new ProcessBuilder(gcc).inheritIO().start().waitFor() != 0) { // env tells what is not there
      RequiredBackends.skipOrFail(
          "cpu", "power failures while a checkpoint is saved want gcc and libc6-dev to record it");
    }
    return library;
  }

  @AfterAll
  static void close() {
    BACKEND.close();
  }

  /** Or the rest would be about another save than the child's. */
  @Test
  void theRecordHasAllThatHappened() throws IOException {
    RecordedDisk disk = new RecordedDisk(saving);
    record.forEach(disk::apply);
    disk.apply("open\t0\t" + saving);
    disk.apply("open\t1\t" + saving.resolve("run"));
    disk.apply("sync\t0");
    disk.apply("sync\t1");
    Map<String, String> found = new HashMap<>();
    try (Stream<Path> files = Files.walk(saving)) {
      for (Path file : files.filter(file -> !file.equals(saving)).toList()) {
        String text =
            Files.isDirectory(file)
                ? RecordedDisk.FOLDER
                : Files.readString(file, StandardCharsets.ISO_8859_1);
        found.put(saving.relativize(file).toString(), text);
      }
    }
    assertEquals(Set.of(found), disk.afterPowerFailure());
  }

  @Test
  void theLatestIsWholeWheneverThePowerFails() throws IOException {
    assertEquals(Optional.empty(), firstLoss(record));
  }

  @Test
  void aFileThatIsNotSyncedWouldBeNoticed() throws IOException {
    assertTrue(firstLoss(withoutSyncOf("create")).isPresent());
  }

  @Test
  void aFolderThatIsNotSyncedWouldBeNoticed() throws IOException {
    assertTrue(firstLoss(withoutSyncOf("open")).isPresent());
  }

  /** The record without the syncs of what was opened so: files are created, folders opened. */
  private static List<String> withoutSyncOf(String call) {
    List<String> rest = new ArrayList<>();
    Map<String, String> calls = new HashMap<>();
    for (String line : record) {
      String[] words = line.split("\t", -1);
      if (Set.of("create", "open").contains(words[0])) {
        calls.put(words[1], words[0]);
      }
      if (!(words[0].equals("sync") && call.equals(calls.get(words[1])))) {
        rest.add(line);
      }
    }
    return rest;
  }

  /** Where another checkpoint is loaded than the one that was told to be saved, or the next. */
  private Optional<String> firstLoss(List<String> calls) throws IOException {
    RecordedDisk disk = new RecordedDisk(saving);
    int told = 0;
    for (String call : calls) {
      if (call.contains("/" + TOLD)) {
        told++;
        continue;
      }
      disk.apply(call);
      Set<String> expected = Set.of(told == 0 ? NONE : "step " + told, "step " + (told + 1));
      for (Map<String, String> tree : disk.afterPowerFailure()) {
        String found = loaded(tree);
        if (!expected.contains(found)) {
          return Optional.of(found + ", not one of " + expected + ", of " + tree.keySet());
        }
      }
    }
    return Optional.empty();
  }

  private String loaded(Map<String, String> tree) throws IOException {
    String known = loaded.get(tree);
    if (known == null) {
      Path folder = Files.createDirectory(left.resolve(Integer.toString(loaded.size())));
      for (Map.Entry<String, String> file : tree.entrySet()) { // folders come first
        Path path = folder.resolve(file.getKey());
        if (file.getValue().equals(RecordedDisk.FOLDER)) {
          Files.createDirectory(path);
        } else {
          Files.writeString(path, file.getValue(), StandardCharsets.ISO_8859_1);
        }
      }
      known = resumed(folder.resolve("run"));
      loaded.put(tree, known);
    }
    return known;
  }

  private static String resumed(Path run) {
    try (Optimizer optimizer = optimizer()) {
      if (Files.exists(run)) {
        for (Path older : Folders.list(run, "checkpoint-")) { // whole until it is gone
          try (Checkpoint checkpoint = Checkpoint.open(older)) {
            checkpoint.load(optimizer);
          }
        }
      }
      if (Checkpoints.in(run).resume(optimizer).isEmpty()) {
        return NONE;
      }
      int step = (int) optimizer.stepCount();
      return "step " + step + (contents(optimizer).equals(EXPECTED.get(step)) ? "" : ", mixed");
    } catch (IOException e) {
      return e.toString();
    }
  }
}
