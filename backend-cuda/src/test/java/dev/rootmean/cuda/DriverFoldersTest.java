package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.emulator.CudaEmulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders of the tests' user in the place of root's. */
class DriverFoldersTest {
  private static final int NOBODY = 65_534;

  @TempDir Path parent;
  private Path folder;
  private Path driver;
  private DriverFolders folders;

  @BeforeEach
  void prepare() throws IOException {
    folder = Files.createDirectory(parent.resolve("lib64"));
    driver = folder.resolve("libcuda.so.1");
    permit(folder, "rwxr-xr-x");
    folders = new DriverFolders(List.of(parent.resolve("absent"), folder), userOf(parent));
  }

  private static int userOf(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:uid");
  }

  private static void permit(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  private void placeDriver() throws IOException {
    EmulatedCuda.demand();
    Files.copy(CudaEmulator.library(), driver);
    permit(driver, "rw-r--r--");
  }

  /** What a JVM says whose linker finds no driver. */
  private ChildJvm.Outcome tryFolder() throws IOException {
    OnTheEmulator.withoutDriver();
    return ChildJvm.of(DriverElsewhere.class)
        .argument(folder.toString())
        .argument(Integer.toString(userOf(parent)))
        .run("", "")
        .succeeded();
  }

  private void assertTold(String reason, String remedy) throws IOException {
    ChildJvm.Outcome outcome = tryFolder();
    assertTrue(outcome.line("reason").startsWith(reason), outcome.text());
    assertEquals(remedy, outcome.line("remedy"));
    List<String> refused = outcome.lines("refused");
    assertEquals(2, refused.size(), outcome.text());
    assertEquals(refused.get(0), refused.get(1), "the first reason");
  }

  @Test
  void theFirstFolderThatHasItCounts() throws IOException {
    assertEquals(Optional.empty(), folders.find());
    Files.createFile(driver);
    assertEquals(Optional.of(folder), folders.find());
    assertTrue(folders.isSafe(folder));
  }

  @Test
  void whatOthersCanWriteIsNotSafe() throws IOException {
    Files.createFile(driver);
    permit(driver, "rw-rw-r--");
    assertFalse(folders.isSafe(folder), "the file");
    permit(driver, "rw-r--r--");
    permit(folder, "rwxrwxrwx");
    assertFalse(folders.isSafe(folder), "the folder");
    permit(folder, "rwxr-xr-x");
    permit(parent, "rwxrwxr-x");
    assertFalse(folders.isSafe(folder), "the folder above");
    permit(parent, "rwx------");
    assertTrue(folders.isSafe(folder));
  }

  @Test
  void aLinkIsAsSafeAsWhatItLeadsTo() throws IOException {
    Path real = Files.createFile(parent.resolve("libcuda.so.580"));
    Files.createSymbolicLink(driver, real);
    permit(real, "rw-r--rw-");
    assertFalse(folders.isSafe(folder));
    permit(real, "rw-r--r--");
    assertTrue(folders.isSafe(folder));
  }

  @Test
  void whatAnotherUserOwnsIsNotSafe() throws IOException {
    Files.createFile(driver);
    if (userOf(parent) == 0) {
      Files.setAttribute(driver, "unix:uid", NOBODY);
      assertFalse(folders.isSafe(folder));
    } else {
      assertFalse(new DriverFolders(List.of(folder), NOBODY).isSafe(folder));
    }
  }

  @Test
  void aDriverThatTheLinkerDoesNotFindIsLoadedFromThere() throws IOException {
    placeDriver();
    ChildJvm.Outcome outcome = tryFolder();
    assertEquals(1, outcome.lines("device").size(), outcome.text());
    assertEquals(2, outcome.lines("opened").size(), outcome.text());
  }

  @Test
  void whereOthersCanWriteItIsNamedAndNotLoaded() throws IOException {
    placeDriver();
    permit(folder, "rwxrwxrwx");
    assertTold(
        "libcuda.so.1 lies in " + folder + ", where not only root can write",
        "add " + folder + " to LD_LIBRARY_PATH if that is meant");
  }

  @Test
  void oneThatCannotBeLoadedIsNamed() throws IOException {
    Files.writeString(driver, "no library");
    permit(driver, "rw-r--r--");
    assertTold(
        "libcuda.so.1 of " + folder + " cannot be loaded: ",
        "add " + folder + " to LD_LIBRARY_PATH");
  }
}
