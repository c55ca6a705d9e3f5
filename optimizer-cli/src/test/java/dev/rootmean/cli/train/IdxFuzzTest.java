package dev.rootmean.cli.train;

import dev.rootmean.cli.BadInputException;
import dev.rootmean.contract.Fuzzing;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** IDX files at random: read, or refused in one line. */
class IdxFuzzTest {
  @TempDir private Path folder;

  @Test
  void files() throws IOException {
    byte[] plain = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8};
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write(plain);
    }
    Fuzzing.check(
        folder.resolve("images"),
        BadInputException.class,
        List.of(plain, packed.toByteArray()),
        file -> IdxFile.open(file, 3).values());
  }
}
