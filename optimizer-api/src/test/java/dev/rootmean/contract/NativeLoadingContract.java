package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A binding's library comes from its jar, whatever lies in the folder for temporary files. A
 * backend whose binding brings natives extends this.
 */
public abstract class NativeLoadingContract {
  private static final byte[] PLANTED = "planted".getBytes(StandardCharsets.UTF_8);

  @TempDir Path folder;

  /**
   * Names the library as the binding itself would write it, and load what lies there.
   *
   * @return a file name
   */
  protected abstract String libraryName();

  /**
   * A JVM that runs {@link TryDevices} for the backend; skips the test if that has no device.
   *
   * @return one to be given devices
   */
  protected abstract ChildJvm tryDevices();

  /**
   * Names a device.
   *
   * @return one that opens
   */
  protected abstract String device();

  private Path library() {
    return folder.resolve(libraryName());
  }

  private ChildJvm inFolder() {
    return tryDevices().temporaryFolder(folder);
  }

  private void assertHolds(Path... files) throws IOException {
    try (Stream<Path> found = Files.list(folder)) {
      assertEquals(List.of(files), found.toList());
    }
  }

  @Test
  void aPlantedFileIsNotLoaded() throws IOException {
    Path planted = Files.write(library(), PLANTED);
    inFolder().run(device()).succeeded().line("opened");
    assertArrayEquals(PLANTED, Files.readAllBytes(planted));
    assertHolds(planted);
  }

  @Test
  void nothingIsWrittenThroughAPlantedLink(@TempDir Path elsewhere) throws IOException {
    Path victim = Files.write(elsewhere.resolve("victim"), PLANTED);
    Path absent = elsewhere.resolve("absent");
    for (Path target : new Path[] {victim, absent}) {
      Path link = Files.createSymbolicLink(library(), target);
      inFolder().run(device()).succeeded().line("opened");
      assertHolds(link);
      Files.delete(link);
    }
    assertArrayEquals(PLANTED, Files.readAllBytes(victim));
    assertTrue(Files.notExists(absent));
  }

  @Test
  void theFolderIsTheUsersAgainAndEmpty() throws IOException {
    ChildJvm.Outcome outcome = inFolder().run().succeeded();
    assertEquals(folder.toString(), outcome.line("java.io.tmpdir"));
    assertTrue(!outcome.lines("device").isEmpty(), outcome.text());
    assertHolds();
  }

  @Test
  void manyCanStartAtOnce() throws IOException {
    for (int round = 0; round < 3; round++) {
      ChildJvm.Running[] children = new ChildJvm.Running[6];
      Arrays.setAll(children, i -> inFolder().start());
      for (ChildJvm.Running child : children) {
        ChildJvm.Outcome outcome = child.await().succeeded();
        assertTrue(!outcome.lines("device").isEmpty(), outcome.text());
      }
    }
    assertHolds();
  }

  @Test
  void aFolderThatIsNotThereIsNamed() {
    Path absent = folder.resolve("absent");
    ChildJvm.Outcome outcome = tryDevices().temporaryFolder(absent).run(device()).succeeded();
    assertNamed(absent, outcome);
    assertTrue(outcome.line("refused").contains(absent.toString()), outcome.text());
  }

  @Test
  void aFolderThatCannotBeWrittenIsNamed() {
    assertNamed(folder, mounted("ro"));
  }

  @Test
  void aFolderThatForbidsLibrariesIsNamed() {
    ChildJvm.Outcome outcome = mounted("noexec");
    assertNamed(folder, outcome);
    assertTrue(outcome.line("reason").contains("noexec"), outcome.text());
    assertTrue(outcome.line("reason").contains("-Djava.io.tmpdir"), outcome.text());
  }

  private static void assertNamed(Path folder, ChildJvm.Outcome outcome) {
    String reason = outcome.line("reason");
    assertTrue(reason.contains(folder.toString()), reason);
    assertTrue(!reason.contains("\\n"), reason);
  }

  /**
   * A probe whose folder is another file system, mounted for that process alone; skips where the
   * system does not let us.
   */
  private ChildJvm.Outcome mounted(String option) {
    ChildJvm.Outcome outcome =
        inFolder()
            .launchedBy(
                "unshare",
                "--mount",
                "--map-root-user",
                "sh",
                "-c",
                "mount -t tmpfs -o " + option + " none \"$0\" && echo mounted: yes && exec \"$@\"",
                folder.toString())
            .run();
    if (outcome.lines("mounted").isEmpty()) {
      String message = "a folder mounted " + option + ": cannot mount: " + outcome.text().strip();
      System.out.println("SKIPPED: " + message);
      Assumptions.abort(message);
    }
    return outcome.succeeded();
  }
}
