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
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

  /** Another folder, with a file that is no driver. */
  private Path leftOver(String name) throws IOException {
    Path other = Files.createDirectory(parent.resolve(name));
    permit(other, "rwxr-xr-x");
    Path file = Files.writeString(other.resolve("libcuda.so.1"), "no library");
    permit(file, "rw-r--r--");
    return other;
  }

  /** What a JVM says whose linker finds no driver; the folder comes after others. */
  private ChildJvm.Outcome tryFolder(Path... others) throws IOException {
    OnTheEmulator.withoutDriver();
    String paths =
        Stream.concat(Stream.of(others), Stream.of(folder))
            .map(Path::toString)
            .collect(Collectors.joining(":"));
    return ChildJvm.of(DriverElsewhere.class)
        .argument(paths)
        .argument(Integer.toString(userOf(parent)))
        .run("", "")
        .succeeded();
  }

  private static void assertTold(String reason, String remedy, ChildJvm.Outcome outcome) {
    assertTrue(outcome.line("reason").startsWith(reason), outcome.text());
    assertEquals(remedy, outcome.line("remedy"));
    List<String> refused = outcome.lines("refused");
    assertEquals(2, refused.size(), outcome.text());
    assertEquals(refused.get(0), refused.get(1), "the first reason");
  }

  @Test
  void foldersThatHaveItCount() throws IOException {
    assertEquals(List.of(), folders.withDriver());
    Files.createFile(driver);
    assertEquals(List.of(folder), folders.withDriver());
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
        "add " + folder + " to LD_LIBRARY_PATH if that is meant",
        tryFolder());
  }

  @Test
  void oneThatCannotBeLoadedIsNamed() throws IOException {
    Files.writeString(driver, "no library");
    permit(driver, "rw-r--r--");
    assertTold(
        "libcuda.so.1 of " + folder + " cannot be loaded: ",
        "add " + folder + " to LD_LIBRARY_PATH",
        tryFolder());
  }

  @Test
  void whatIsNoGoodDoesNotHideWhatIs() throws IOException {
    placeDriver();
    Path unsafe = leftOver("unsafe");
    permit(unsafe, "rwxrwxrwx");
    ChildJvm.Outcome outcome = tryFolder(unsafe, leftOver("damaged"));
    assertEquals(2, outcome.lines("opened").size(), outcome.text());
  }

  @Test
  void ifAllAreNoGoodTheFirstIsNamed() throws IOException {
    Files.writeString(driver, "no library");
    permit(driver, "rw-rw-rw-");
    Path damaged = leftOver("damaged");
    assertTold(
        "libcuda.so.1 of " + damaged + " cannot be loaded: ",
        "add " + damaged + " to LD_LIBRARY_PATH",
        tryFolder(damaged));
  }
}
