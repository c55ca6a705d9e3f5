package dev.rootmean.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The jar as users run it; the build calls this once it is there. */
class JarTest {
  private static final int WARNS_OF_NATIVES = 24;

  private static final String JAR = "target/rootmean.jar";

  @TempDir Path directory;

  @Test
  void itAllowsItselfTheDriversNatives() throws IOException {
    try (JarFile jar = new JarFile(JAR)) {
      Attributes manifest = jar.getManifest().getMainAttributes();
      assertEquals("ALL-UNNAMED", manifest.getValue("Enable-Native-Access"));
    }
  }

  /** From 24 on, Java warns on stderr of natives and of what it is about to take away. */
  @ParameterizedTest
  @ValueSource(strings = {"devices", "train --backend cpu --hidden 8 --epochs 1 --json --out %s"})
  void theNewestJavaHasNothingToWarnOf(String command) throws Exception {
    Optional<Path> newest = newestJava();
    assumeTrue(newest.isPresent(), "skipped: no Java 24 or later beside the one that runs this");
    Path java = newest.get();
    Path err = directory.resolve("err");
    ProcessBuilder builder = new ProcessBuilder(java.resolve("bin/java").toString(), "-jar", JAR);
    builder.command().addAll(List.of(command.replace("%s", directory.toString()).split(" ", -1)));
    builder.environment().put("LD_PRELOAD", java.resolve("lib/libjsig.so").toString());
    Process process =
        builder
            .redirectOutput(directory.resolve("out").toFile())
            .redirectError(err.toFile())
            .start();
    assertEquals(0, process.waitFor(), () -> read(err));
    List<String> lines = read(err).lines().toList();
    assertTrue(lines.stream().noneMatch(line -> line.startsWith("WARNING")), read(err));
  }

  private static Optional<Path> newestJava() throws IOException {
    Path home = Path.of(System.getProperty("java.home"));
    try (Stream<Path> others = Files.list(home.getParent())) {
      return Stream.concat(Stream.of(home), others)
          .filter(jvm -> version(jvm) >= WARNS_OF_NATIVES)
          .max(Comparator.comparingInt(JarTest::version));
    }
  }

  /** As the file "release" of a JDK tells it; 0 for what is none. */
  private static int version(Path jvm) {
    Path release = jvm.resolve("release");
    if (!Files.isReadable(release)) {
      return 0;
    }
    return read(release)
        .lines()
        .filter(line -> line.startsWith("JAVA_VERSION="))
        .map(line -> line.replaceAll("\\D*(\\d+).*", "$1"))
        .mapToInt(Integer::parseInt)
        .findAny()
        .orElse(0);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
