package dev.rootmean.binding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateFolderTest {
  private static final byte[] LIBRARY = {1, 2, 3};

  @TempDir Path parent;

  private static Path copy(PrivateFolder folder) throws IOException {
    return folder.copy(new ByteArrayInputStream(LIBRARY), "mine.so");
  }

  private void passBy() throws IOException {
    PrivateFolder.in(parent).close();
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(parent)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** What a process leaves that is killed at various times. */
  private Path leftOver(String name, String... files) throws IOException {
    Path folder =
        Files.createDirectory(
            parent.resolve(name),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    for (String file : files) {
      Files.createFile(folder.resolve(file));
    }
    return folder;
  }

  @Test
  void itIsPrivateAndGoneWhenItIsClosed() throws IOException {
    Path first;
    try (PrivateFolder folder = PrivateFolder.in(parent)) {
      first = copy(folder);
      assertArrayEquals(LIBRARY, Files.readAllBytes(first));
      assertEquals(parent, first.getParent().getParent());
      assertEquals(
          "rwx------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(first.getParent())));
    }
    assertEquals(List.of(), left());
    try (PrivateFolder folder = PrivateFolder.in(parent)) {
      assertNotEquals(first, copy(folder), "the folder cannot be foreseen");
    }
  }

  @Test
  void somebodyElsesFilesStay() throws IOException {
    Path guest;
    try (PrivateFolder folder = PrivateFolder.in(parent)) {
      guest = Files.createFile(copy(folder).resolveSibling("guest.txt"));
    }
    assertTrue(Files.exists(guest));
    try (Stream<Path> files = Files.list(guest.getParent())) {
      assertEquals(List.of(guest), files.toList());
    }
  }

  @Test
  void theDeadsFoldersAreRemoved() throws IOException {
    leftOver("rootmean-natives-1");
    leftOver("rootmean-natives-2", "lock");
    leftOver("rootmean-natives-3", "lock", "libx.so");
    passBy();
    assertEquals(List.of(), left());
  }

  @Test
  void whatNobodyCanKnowToBeOursStays(@TempDir Path elsewhere) throws IOException {
    leftOver("rootmean-1", "lock"); // another name
    leftOver("rootmean-natives-1", "libx.so"); // no lock, not empty
    leftOver("rootmean-natives-2", "lock", "guest.txt");
    Path open = leftOver("rootmean-natives-3", "lock");
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createFile(parent.resolve("rootmean-natives-4"));
    Path locked = Files.createFile(elsewhere.resolve("lock"));
    Files.createSymbolicLink(parent.resolve("rootmean-natives-5"), elsewhere);
    List<String> before = left();
    passBy();
    assertEquals(before, left());
    assertTrue(Files.exists(locked));
    assertTrue(Files.exists(open.resolve("lock")));
  }

  @Test
  void theLivingsFolderStaysUntilTheyAreKilled() throws Exception {
    ChildJvm.Running child = ChildJvm.of(HeldFolder.class).start(parent.toString());
    try {
      while (held().isEmpty()) {
        assertTrue(child.process().isAlive());
        Thread.sleep(10);
      }
      passBy();
      assertEquals(1, held().size());
      assertTrue(Files.exists(held().get(0).resolveSibling("lock")));
    } finally {
      child.process().destroyForcibly();
      child.await();
    }
    assertEquals(1, left().size());
    passBy();
    assertEquals(List.of(), left());
  }

  private List<Path> held() throws IOException {
    try (Stream<Path> files = Files.walk(parent)) {
      return files.filter(file -> file.endsWith("held.so")).toList();
    }
  }

  @Test
  void thisProcessesOwnStays() throws IOException {
    try (PrivateFolder folder = PrivateFolder.in(parent)) {
      Path mine = copy(folder);
      passBy();
      assertTrue(Files.exists(mine));
    }
  }

  /** In words, and not the names of Java's classes. */
  @Test
  void whyItCannotBeWrittenToIsTold() {
    assertEquals("permission denied", PrivateFolder.why(new AccessDeniedException("/x")));
    assertEquals("there is no such folder", PrivateFolder.why(new NoSuchFileException("/x")));
    assertEquals("there is no such folder", PrivateFolder.why(new NotDirectoryException("/x")));
    assertEquals(
        "No space left on device",
        PrivateFolder.why(new FileSystemException("/x", null, "No space left on device")));
    assertEquals(
        "No space left on device", PrivateFolder.why(new IOException("No space left on device")));
  }
}
