package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A manifest with a checksum that fits says what no training has saved: that is refused. */
class ManifestTest {
  private static final Path FILE = Path.of("step-000000000020", "manifest");

  private static final Manifest SAVED =
      new Manifest(
          20,
          2,
          new Measured(1, false, Double.NaN, 0.5f, 3, 20),
          List.of(
              file(0, "model.safetensors", 0),
              file(0, "optimizer.safetensors", 5),
              file(1, "model.safetensors", 400),
              file(1, "optimizer.safetensors", 800)),
          List.of("workers 2", "seed 1"));

  private static SavedFile file(int shard, String name, long bytes) {
    return new SavedFile(shard, name, bytes, "0123456789abcdef".repeat(4));
  }

  /** Parses the text with a change, under the checksum of what it has then. */
  private static Manifest parse(String old, String changed) throws IOException {
    String text = SAVED.text();
    assertTrue(text.contains(old), old + " is not in " + text);
    String body = text.replace(old, changed).replaceFirst("crc32 .*\n$", "");
    return Manifest.parse(FILE, body + "crc32 " + Manifest.checksum(body) + "\n");
  }

  private static void refused(String told, String old, String changed) {
    IOException e = assertThrows(IOException.class, () -> parse(old, changed));
    assertTrue(e.getMessage().startsWith(FILE + " has " + told), e.getMessage());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
  }

  @Test
  void whatWasSavedIsTaken() throws IOException {
    assertEquals(SAVED, parse("step 20", "step 20"));
  }

  @ParameterizedTest
  @CsvSource({
    "step 20, step -1, step -1: expected at least 0",
    "shards 2, shards 0, shards 0: expected at least 1",
    "shards 2, shards -2, shards -2: expected at least 1",
    "skipped 20, skipped -1, skipped -1: expected from 0",
    "skipped 20, skipped 21, skipped 21: expected from 0",
    "lossScale 0.5, lossScale NaN, 'lossScale NaN: expected finite, above 0'",
    "lossScale 0.5, lossScale -0.5, lossScale -0.5: expected",
    "lossScale 0.5, lossScale 0, lossScale 0.0: expected",
    "lossScale 0.5, lossScale Infinity, lossScale Infinity: expected",
    "lossScale 0.5, lossScale 1e39, lossScale Infinity: expected",
    "goodSteps 3, goodSteps -1, goodSteps -1: expected at least 0",
    "step 20, step x, 'no number where one should be: For input string: \"x\"'"
  })
  void numbersThatNoTrainingHas(String old, String changed, String told) {
    refused(told, old, changed);
  }

  /** Another name would be read, and its hash told. */
  @ParameterizedTest
  @CsvSource({
    "file 0 model.safetensors 0, file 0 ../../../../etc/shadow 0",
    "file 0 model.safetensors 0, file 0 /dev/zero 0",
    "file 0 model.safetensors 0, file 0 Model.safetensors 0",
    "file 0 model.safetensors 0, file 0 modelxsafetensors 0",
    "file 0 model.safetensors 0, file -1 model.safetensors 0",
    "file 0 model.safetensors 0, file 0 model.safetensors -1",
    "file 0 model.safetensors 0, file 0 model.safetensors 9999999999999999999",
    "file 0 model.safetensors 0, file 0 model.safetensors 0 0",
    "cdef, cde",
    "cdef, cdef0",
    "cdef, cdeg"
  })
  void filesThatNoShardHas(String old, String changed) {
    refused("no shard, model.safetensors or optimizer.safetensors, length and", old, changed);
  }

  /** What the manifest does not name would be loaded without being compared. */
  @Test
  void filesThatAreMissingOrNotOfAShard() {
    for (SavedFile file : SAVED.files()) {
      String line = "file " + file.line() + "\n";
      refused("files 3: expected 2 for each of 2 shards", line, "");
    }
    refused("files 4: expected 2 for each of 3 shards", "shards 2", "shards 3");
    refused("files 4: expected 2 for each of 2147483647 shards", "shards 2", "shards 2147483647");
    refused(
        "model.safetensors of shard 1: expected optimizer.safetensors of shard 0 in its place",
        "file 0 optimizer.safetensors 5",
        "file 1 model.safetensors 400");
    refused("model.safetensors of shard 2: expected", "file 1 model", "file 2 model");
    refused("model.safetensors of shard 0: expected", "file 0 optimizer", "file 0 model");
  }
}
