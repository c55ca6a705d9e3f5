package dev.rootmean.checkpoint;

import static dev.rootmean.checkpoint.SafetensorsText.bytes;
import static dev.rootmean.checkpoint.SafetensorsText.file;
import static dev.rootmean.checkpoint.SafetensorsText.one;
import static dev.rootmean.checkpoint.SafetensorsText.tensor;

import dev.rootmean.contract.Fuzzing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files and indexes at random: read, or refused by the one exception. */
final class SafetensorsFuzzTest {
  @TempDir private Path folder;

  private static void readAll(Path file) throws IOException {
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      for (String name : reader.tensors().keySet()) {
        reader.read(name, (offset, piece) -> {});
      }
    }
  }

  @Test
  void files() throws IOException {
    String two =
        "{\"__metadata__\":{\"format\":\"pt\",\"\\u00e4\\ud83d\\ude00\":\"\\n\"},"
            + tensor("layer.weight", "F32", "[2,3]", "[0,24]")
            + ","
            + tensor("layer.bias", "BF16", "[3]", "[24,30]")
            + "}  ";
    List<byte[]> good = List.of(bytes(two, new byte[30]), one("F64", "[1]", "[0,8]"), bytes("{}"));
    Fuzzing.check(
        folder.resolve("x"), CheckpointException.class, good, SafetensorsFuzzTest::readAll);
  }

  @Test
  void indexes() throws IOException {
    file(folder, "a.safetensors", one("U8", "[8]", "[0,8]"));
    String index =
        "{\"metadata\":{\"total_size\":8,\"a\":[1.5e3,null]},"
            + "\"weight_map\":{\"x\":\"a.safetensors\"}}";
    Fuzzing.check(
        folder.resolve("m.safetensors.index.json"),
        CheckpointException.class,
        List.of(index.getBytes(StandardCharsets.UTF_8)),
        SafetensorsFuzzTest::readIndex);
  }

  /** That a file of another name is not there is no fault of the index's text. */
  private static void readIndex(Path file) throws IOException {
    try {
      readAll(file);
    } catch (NoSuchFileException e) {
      throw new CheckpointException(e.getMessage(), e);
    }
  }
}
