package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.machinery.Bystander;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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

  /**
   * A JVM that runs {@link TryDevices} for the backend where no driver is.
   *
   * @return one to be given devices
   * @throws IOException if it cannot be prepared
   */
  protected abstract ChildJvm withoutDriver() throws IOException;

  /**
   * The jars that the binding needs.
   *
   * @return by how the name of its file begins: reason and remedy without it
   */
  protected abstract Map<String, String> missing();

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
  void theRestOfTheProcessSeesNothingOfIt() throws IOException {
    ChildJvm.Outcome outcome = inFolder().run().succeeded();
    assertEquals(folder.toString(), outcome.line("java.io.tmpdir"));
    assertEquals(Bystander.UNDISTURBED, outcome.line("bystander"));
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
    assertTrue(
        outcome.line("reason").endsWith(" does not allow native libraries (mounted noexec?)"),
        outcome.text());
    assertEquals("set -Djava.io.tmpdir to a folder that does", outcome.line("remedy"));
  }

  @Test
  void anEmptyNameOfTheFolderIsTold() {
    ChildJvm.Outcome outcome = tryDevices().option("-Djava.io.tmpdir=").run("").succeeded();
    assertTrue(outcome.line("reason").endsWith(": java.io.tmpdir is empty"), outcome.text());
    assertTrue(outcome.line("remedy").contains("-Djava.io.tmpdir"), outcome.text());
  }

  @Test
  void aLibraryOnTheLibraryPathNeedsNoFolder(@TempDir Path libraries) throws IOException {
    try (InputStream in = getClass().getResourceAsStream("/lib/" + libraryName())) {
      Files.copy(in, libraries.resolve(libraryName()));
    }
    tryDevices()
        .option("-Djava.library.path=" + libraries)
        .temporaryFolder(folder.resolve("absent"))
        .run(device())
        .succeeded()
        .line("opened");
  }

  @Test
  void theModulePathIsAsGoodAsTheClassPath(@TempDir Path jars) {
    tryDevices().onModulePath(jars).run(device()).succeeded().line("opened");
  }

  @Test
  void withoutADriverTheReasonIsTheSameEachTimeAndFromTheModulePath(@TempDir Path jars)
      throws IOException {
    ChildJvm.Outcome outcome = withoutDriver().run("", "").succeeded();
    String reason = outcome.line("reason") + "; " + outcome.line("remedy");
    assertEquals(2, outcome.lines("refused").size(), outcome.text());
    for (String refused : outcome.lines("refused")) {
      assertTrue(refused.endsWith("open: " + reason), outcome.text());
    }
    ChildJvm.Outcome modules = withoutDriver().onModulePath(jars).run().succeeded();
    assertEquals(reason, modules.line("reason") + "; " + modules.line("remedy"));
  }

  @Test
  void withoutADriverStandardOutputHasOnlyWhatTheProgramPrints() throws IOException {
    String output =
        withoutDriver()
            .launchedBy("sh", "-c", "exec \"$@\" 2>/dev/null", "sh")
            .run("")
            .succeeded()
            .text();
    List<String> words = output.lines().map(line -> line.replaceFirst(": .*", "")).toList();
    assertEquals(
        List.of("bystander", "reason", "remedy", "java.io.tmpdir", "refused"), words, output);
  }

  @Test
  void whatIsNotOnTheClassPathIsNamedEachTime() {
    missing()
        .forEach(
            (jar, reason) -> {
              ChildJvm.Outcome outcome = tryDevices().lacking(jar).run("", "").succeeded();
              assertEquals(reason, outcome.line("reason") + "; " + outcome.line("remedy"));
              assertEquals(2, outcome.lines("refused").size(), outcome.text());
              for (String refused : outcome.lines("refused")) {
                assertTrue(refused.endsWith("open: " + reason), outcome.text());
              }
            });
  }

  private static void assertNamed(Path folder, ChildJvm.Outcome outcome) {
    String reason = outcome.line("reason");
    assertTrue(reason.contains(folder.toString()), reason);
    assertTrue(!reason.contains("\\n"), reason);
  }

  /** A probe whose folder is another file system; its package is named by the backend. */
  private ChildJvm.Outcome mounted(String option) {
    String backend = getClass().getPackageName().replaceFirst(".*[.]", "");
    return PrivateMount.run(inFolder().inGerman(), backend, folder, option);
  }
}
