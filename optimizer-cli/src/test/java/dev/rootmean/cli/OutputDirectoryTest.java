package dev.rootmean.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputDirectoryTest {
  @TempDir Path temporary;

  private Path path() {
    return temporary.resolve("out");
  }

  private OutputDirectory open() {
    return new OutputDirectory(path(), "figures.csv", "chart.png");
  }

  private Path make(String name) throws IOException {
    Files.createDirectories(path());
    return Files.writeString(path().resolve(name), "old");
  }

  private Set<String> files() throws IOException {
    try (Stream<Path> files = Files.list(path())) {
      return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  @Test
  void filesOfTwoRunsNeverStandTogether() throws Exception {
    make("figures.csv");
    make("chart.png");
    make("mine.txt");
    OutputDirectory directory = open();
    assertEquals(Set.of("figures.csv", "chart.png", "mine.txt"), files());
    directory.write("figures.csv", "new".getBytes(UTF_8));
    assertEquals(Set.of("figures.csv", "mine.txt"), files());
    directory.write("chart.png", "new".getBytes(UTF_8));
    directory.write("figures.csv", "newer".getBytes(UTF_8));
    assertEquals(Set.of("figures.csv", "chart.png", "mine.txt"), files());
    assertEquals("newer", Files.readString(path().resolve("figures.csv")));
  }

  @Test
  void aDirectoryThatIsReplacedByAFileIsToldInOneLine() throws Exception {
    OutputDirectory directory = open();
    Files.delete(path());
    Files.writeString(path(), "precious");
    IOException e =
        assertThrows(IOException.class, () -> directory.write("figures.csv", new byte[1]));
    assertEquals(
        "--out " + path() + ": figures.csv cannot be written: Not a directory", e.getMessage());
    assertEquals("precious", Files.readString(path()));
  }

  @Test
  void whatCannotBeWrittenLeavesTheEarlierRun() throws Exception {
    make("figures.csv");
    make("chart.png");
    OutputDirectory directory = open();
    Path blocked = path().resolve(".figures.csv." + ProcessHandle.current().pid() + ".tmp/x");
    Files.createDirectories(blocked); // so that there can be no file
    assertThrows(IOException.class, () -> directory.write("figures.csv", new byte[1]));
    assertEquals("old", Files.readString(path().resolve("figures.csv")));
    assertEquals("old", Files.readString(path().resolve("chart.png")));
  }

  @Test
  void aDirectoryInAFilesPlaceIsToldAtOnce() throws Exception {
    Files.createDirectories(path().resolve("chart.png"));
    BadInputException e = assertThrows(BadInputException.class, this::open);
    assertTrue(e.getMessage().endsWith("chart.png there is a directory"), e.getMessage());
  }

  @Test
  void onlyWhatADeadRunHasLeftIsRemoved() throws Exception {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    long dead = process.pid();
    long alive = ProcessHandle.current().parent().orElseThrow().pid();
    for (String name : List.of("figures.csv", "chart.png", "probe")) {
      make("." + name + "." + dead + ".tmp");
      make(".." + name + "." + dead + ".tmp." + UUID.randomUUID()); // the same, by Parameters
    }
    Set<String> others =
        Set.of(
            ".figures.csv." + alive + ".tmp",
            ".other.csv." + dead + ".tmp",
            ".figures.csv." + dead + "x.tmp",
            ".figures.csv." + dead,
            "figures.csv." + dead + ".tmp");
    for (String name : others) {
      make(name);
    }
    open();
    assertEquals(others, files());
  }

  @Test
  void whatAnEarlierProcessOfTheSameNumberHasLeftIsNoHindrance() throws Exception {
    long pid = ProcessHandle.current().pid();
    make(".figures.csv." + pid + ".tmp");
    make(".probe." + pid + ".tmp");
    open().write("figures.csv", "new".getBytes(UTF_8));
    assertEquals(Set.of("figures.csv"), files());
    assertEquals("new", Files.readString(path().resolve("figures.csv")));
  }
}
