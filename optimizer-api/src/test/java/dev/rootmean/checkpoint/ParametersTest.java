package dev.rootmean.checkpoint;

import static dev.rootmean.checkpoint.SafetensorsText.bytes;
import static dev.rootmean.checkpoint.SafetensorsText.file;
import static dev.rootmean.checkpoint.SafetensorsText.floats;
import static dev.rootmean.checkpoint.SafetensorsText.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.contract.ScalarDevice;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parameters in files for Python, and from there. */
final class ParametersTest {
  private final OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());
  private final Optimizer optimizer =
      Optimizer.builder(backend, Preset.PYTORCH.rule())
          .parameter("layer.weight", 2, 2)
          .parameter("layer.bias", 1)
          .build();

  @TempDir private Path folder;

  @AfterEach
  void close() {
    optimizer.close();
    backend.close();
  }

  private float[] read(String name) {
    float[] values = new float[(int) optimizer.parameter(name).length()];
    optimizer.parameter(name).read(values);
    return values;
  }

  @Test
  void pythonReadsWhatIsSavedAndTheOtherWayRound() throws IOException {
    optimizer.parameter("layer.weight").write(new float[] {1, 2, 3, 4});
    optimizer.parameter("layer.bias").write(new float[] {5});
    Path file = folder.resolve("model.safetensors");
    Files.writeString(file, "what was there before");
    Parameters.save(optimizer, file);
    String header =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + tensor("layer.weight", "F32", "[2,2]", "[0,16]")
            + ","
            + tensor("layer.bias", "F32", "[1]", "[16,20]")
            + "}";
    header += " ".repeat(-header.length() & 7);
    assertArrayEquals(bytes(header, floats(1, 2, 3, 4, 5)), Files.readAllBytes(file));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
    optimizer.parameters().zero();
    Parameters.load(file, optimizer);
    assertArrayEquals(new float[] {1, 2, 3, 4}, read("layer.weight"));
    assertArrayEquals(new float[] {5}, read("layer.bias"));
  }

  @Test
  void whatNobodyAsksForIsPassedOver() throws IOException {
    String header =
        "{"
            + tensor("num_batches_tracked", "I64", "[]", "[0,8]")
            + ","
            + tensor("layer.bias", "F32", "[1]", "[8,12]")
            + ","
            + tensor("empty", "F16", "[0]", "[12,12]")
            + ","
            + tensor("layer.weight", "F32", "[2,2]", "[12,28]")
            + "}";
    byte[] data = floats(9, 9, 5, 1, 2, 3, 4);
    Parameters.load(file(folder, "x", bytes(header, data)), optimizer);
    assertArrayEquals(new float[] {1, 2, 3, 4}, read("layer.weight"));
    assertArrayEquals(new float[] {5}, read("layer.bias"));
  }

  @Test
  void whatDoesNotFitIsToldTensorByTensorAndNothingIsLoaded() throws IOException {
    Path file =
        file(
            folder,
            "x",
            bytes("{" + tensor("layer.weight", "F32", "[4]", "[0,16]") + "}", new byte[16]));
    optimizer.parameter("layer.weight").write(new float[] {1, 2, 3, 4});
    CheckpointException told =
        assertThrows(CheckpointException.class, () -> Parameters.load(file, optimizer));
    assertEquals(
        file
            + " does not fit the optimizer:\n"
            + "\"layer.weight\" is F32[4]: expected F32[2, 2]\n"
            + "\"layer.bias\" is missing: expected F32[1]",
        told.getMessage());
    assertArrayEquals(new float[] {1, 2, 3, 4}, read("layer.weight"));
  }

  @Test
  void whatCannotBeSavedLeavesNothing() throws IOException {
    Path missing = folder.resolve("none").resolve("x");
    FileSystemException told =
        assertThrows(FileSystemException.class, () -> Parameters.save(optimizer, missing));
    assertEquals(missing + ": expected its folder to be there", told.getMessage());
    Path root = folder.getRoot();
    told = assertThrows(FileSystemException.class, () -> Parameters.save(optimizer, root));
    assertEquals(root + ": expected the name of a file", told.getMessage());
    Path taken = Files.createDirectories(folder.resolve("folder").resolve("inner")).getParent();
    assertThrows(IOException.class, () -> Parameters.save(optimizer, taken));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(taken), files.toList());
    }
  }
}
