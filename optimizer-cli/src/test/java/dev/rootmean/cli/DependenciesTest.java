package dev.rootmean.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/**
 * A library that unpacks natives into the shared temporary folder lets whoever can write there into
 * this process. Those of the bindings are unpacked by Rootmean itself, into a private one.
 */
class DependenciesTest {
  private static final Pattern NATIVE = Pattern.compile(".*\\.(so|dll|dylib|jnilib)(\\.\\d+)*");

  @Test
  void onlyTheBindingsBringNatives() {
    Set<String> bringing =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .filter(path -> path.toString().endsWith(".jar") && bringsNatives(path))
            .map(path -> path.getFileName().toString().replaceAll("-\\d.*", ""))
            .collect(Collectors.toSet());
    assertEquals(Set.of("jocl", "jocl-blast", "jcuda-natives"), bringing);
  }

  private static boolean bringsNatives(Path jar) {
    try (ZipFile entries = new ZipFile(jar.toFile())) {
      return entries.stream().anyMatch(entry -> NATIVE.matcher(entry.getName()).matches());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
