package dev.rootmean.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With this class's own file for a library; loading itself is the bindings' to test. */
class NativeLibrariesTest {
  private static final String PROPERTY = "java.io.tmpdir";
  private static final String LIBRARY = "NativeLibrariesTest.class";
  private static final String RESOURCE = "/dev/rootmean/spi/" + LIBRARY;

  private final String before = System.getProperty(PROPERTY);
  @TempDir Path everyones;

  @BeforeEach
  void set() {
    System.setProperty(PROPERTY, everyones.toString());
  }

  @AfterEach
  void restore() {
    System.setProperty(PROPERTY, before);
  }

  private static void load(Runnable binding) {
    NativeLibraries.load(NativeLibrariesTest.class, List.of(RESOURCE, "/none.so"), binding);
  }

  private static UnsatisfiedLinkError failure(Runnable binding) {
    return assertThrows(UnsatisfiedLinkError.class, () -> load(binding));
  }

  private static Path folder() {
    return Path.of(System.getProperty(PROPERTY));
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    } catch (IOException e) {
      return fail(e);
    }
  }

  private void assertAsBefore() {
    assertEquals(everyones, folder());
    assertEquals(List.of(), list(everyones));
  }

  @Test
  void theBindingFindsTheJarsLibraryInAPrivateFolder() {
    List<Path> seen = new ArrayList<>();
    load(
        () -> {
          Path library = folder().resolve(LIBRARY);
          seen.add(library);
          assertEquals(List.of(library), list(folder()));
          assertEquals(everyones, folder().getParent());
          try (InputStream expected = getClass().getResourceAsStream(RESOURCE)) {
            assertArrayEquals(expected.readAllBytes(), Files.readAllBytes(library));
            assertEquals(
                "rwx------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(folder())));
          } catch (IOException e) {
            fail(e);
          }
        });
    assertAsBefore();
    load(() -> seen.add(folder().resolve(LIBRARY)));
    assertNotEquals(seen.get(0), seen.get(1), "the folder cannot be foreseen");
  }

  @Test
  void whatTheBindingLeavesIsRemoved() {
    load(() -> assertTrue(folder().resolve("extracted").toFile().mkdir()));
    assertAsBefore();
  }

  @Test
  void whatLiesInEveryonesFolderIsLeftAlone() throws IOException {
    Path planted = Files.writeString(everyones.resolve(LIBRARY), "planted");
    load(() -> assertNotEquals(everyones, folder()));
    assertEquals("planted", Files.readString(planted));
  }

  @Test
  void aFailureLeavesNothingBehind() {
    RuntimeException e = new IllegalStateException("planted");
    assertSame(
        e,
        assertThrows(
            IllegalStateException.class,
            () ->
                load(
                    () -> {
                      throw e;
                    })));
    assertAsBefore();
    failure(
        () -> {
          throw new UnsatisfiedLinkError("planted");
        });
    assertAsBefore();
  }

  @Test
  void threadsTakeTurns() {
    AtomicInteger inside = new AtomicInteger();
    IntStream.range(0, 200)
        .parallel()
        .forEach(
            i ->
                load(
                    () -> {
                      assertEquals(1, inside.incrementAndGet());
                      assertEquals(List.of(folder().resolve(LIBRARY)), list(folder()));
                      inside.decrementAndGet();
                    }));
    assertAsBefore();
  }

  @Test
  void twoLibrariesOfOneNameAreRefused() {
    List<String> twice = List.of(RESOURCE, RESOURCE);
    String message =
        assertThrows(
                UnsatisfiedLinkError.class,
                () -> NativeLibraries.load(NativeLibrariesTest.class, twice, () -> fail("loads")))
            .getMessage();
    assertTrue(message.contains("FileAlreadyExists") && message.contains(LIBRARY), message);
    assertAsBefore();
  }

  @Test
  void aFolderThatCannotBeWrittenToIsNamed() throws IOException {
    Path absent = everyones.resolve("absent");
    Path file = Files.createFile(everyones.resolve("file"));
    for (Path folder : new Path[] {absent, file}) {
      System.setProperty(PROPERTY, folder.toString());
      String message = failure(() -> fail("loads")).getMessage();
      assertTrue(message.contains(folder.toString()), message);
      assertEquals(1, message.lines().count(), message);
      assertEquals(folder, folder());
    }
  }

  @Test
  void aFolderWithoutExecutionIsNamedWithTheRemedy() {
    UnsatisfiedLinkError cause =
        new UnsatisfiedLinkError(
            "cannot load\n/private/x.so: failed to map segment from shared object\n  at load");
    UnsatisfiedLinkError e =
        failure(
            () -> {
              throw cause;
            });
    assertEquals(
        everyones
            + " does not allow native libraries (mounted noexec?): set -Djava.io.tmpdir to a"
            + " folder that does",
        e.getMessage());
    assertSame(cause, e.getCause());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Error while loading\n\tjava.lang.UnsatisfiedLinkError: /tmp/x.so: %s\n\tat java.lang",
        "/tmp/x.so: %s",
        "%s"
      })
  void theLinkersOwnWordsAreTheReason(String message) {
    String words = "libcuda.so.1: cannot open shared object file: No such file or directory";
    assertEquals(words, messageFor(String.format(Locale.ROOT, message, words)));
  }

  @Test
  void otherwiseTheFirstLineIsTheReason() {
    assertEquals("first", messageFor("first\nsecond"));
    assertEquals("", messageFor(""));
  }

  private static String messageFor(String linkersMessage) {
    return failure(
            () -> {
              throw new UnsatisfiedLinkError(linkersMessage);
            })
        .getMessage();
  }
}
