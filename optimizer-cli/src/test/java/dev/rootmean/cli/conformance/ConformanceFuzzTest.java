package dev.rootmean.cli.conformance;

import dev.rootmean.cli.BadInputException;
import dev.rootmean.contract.Fuzzing;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of cases at random: read, or refused in one line. */
class ConformanceFuzzTest {
  @TempDir private Path folder;

  private static InputStream shipped(String name) {
    return ConformanceFile.class.getResourceAsStream(name);
  }

  @Test
  void files() throws IOException {
    try (InputStream plain = shipped("worked-out.json");
        InputStream packed = shipped("published.json.gz");
        InputStream unpacked = new GZIPInputStream(shipped("published.json.gz"))) {
      Fuzzing.check(
          folder.resolve("cases"),
          BadInputException.class,
          List.of(plain.readAllBytes(), packed.readAllBytes(), unpacked.readAllBytes()),
          file -> ConformanceFile.read(List.of(file)));
    }
  }
}
