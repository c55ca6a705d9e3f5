package dev.rootmean.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsProp.MomentumForm;
import dev.rootmean.contract.ScalarDevice;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What PyTorch, safetensors and huggingface_hub have written: see write-files.py beside it. */
final class FilesOfPythonTest {
  private static final Path FILES = files();

  /** In the order in which the network has them: its tensor k has k, k + 1/4 and so on. */
  private static final List<String> NETWORK =
      List.of(
          "small: F16[3]",
          "mask: BOOL[2, 2]",
          "empty: F32[0, 3]",
          "rate: F64[]",
          "rough: BF16[5]",
          "whole: I64[2, 3]",
          "convolution.weight: F32[2, 1, 3, 3]",
          "convolution.bias: F32[2]",
          "norm.weight: F32[2]",
          "norm.bias: F32[2]",
          "norm.running_mean: F32[2]",
          "norm.running_var: F32[2]",
          "norm.num_batches_tracked: I64[]");

  private static final int STEPS = 5;

  /** One rounding in each step that is taken here. */
  private static final double ROUNDING = STEPS * Math.ulp(1f);

  @TempDir private Path folder;

  private static Path files() {
    try {
      return Path.of(FilesOfPythonTest.class.getResource("python").toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static ByteBuffer bytes(SafetensorsReader reader, String name) throws IOException {
    StoredTensor tensor = reader.tensors().get(name);
    ByteBuffer all = ByteBuffer.allocate((int) (tensor.end() - tensor.start()));
    reader.read(name, (offset, piece) -> all.put(piece));
    return all.flip().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static List<String> described(SafetensorsReader reader) {
    return reader.tensors().values().stream().map(tensor -> tensor.name() + ": " + tensor).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"network.safetensors", "split/model.safetensors"})
  void everyTensorOfANetworkIsRead(String file) throws IOException {
    try (SafetensorsReader reader = SafetensorsReader.open(FILES.resolve(file))) {
      assertEquals(new HashSet<>(NETWORK), new HashSet<>(described(reader)));
      for (int k = 0; k < NETWORK.size(); k++) {
        String name = NETWORK.get(k).substring(0, NETWORK.get(k).indexOf(':'));
        ByteBuffer found = bytes(reader, name);
        int count = 0;
        for (; found.hasRemaining(); count++) {
          assertEquals(expected(name, k, count), next(reader, name, found), name + " " + count);
        }
        long length = reader.tensors().get(name).shape().stream().reduce(1L, (x, y) -> x * y);
        assertEquals(length, count, name);
      }
    }
  }

  private static double expected(String name, int k, int element) {
    return switch (name) {
      case "mask" -> 1;
      case "whole" -> k + element;
      default -> k + element / 4.0;
    };
  }

  private static double next(SafetensorsReader reader, String name, ByteBuffer bytes) {
    return switch (reader.tensors().get(name).type()) {
      case BOOL -> bytes.get();
      case F16 -> List.of(0x0000, 0x3400, 0x3800).indexOf((int) bytes.getShort()) / 4.0;
      case BF16 -> Float.intBitsToFloat(bytes.getShort() << 16);
      case F32 -> bytes.getFloat();
      case F64 -> bytes.getDouble();
      case I64 -> bytes.getLong();
      default -> Double.NaN;
    };
  }

  @Test
  void textsAreRead() throws IOException {
    try (SafetensorsReader reader = SafetensorsReader.open(FILES.resolve("network.safetensors"))) {
      assertEquals(
          Map.of("format", "pt", "author", "Zoë \"Z\"\n\\ \uD83D\uDE00"), reader.metadata());
    }
    try (SafetensorsReader reader =
        SafetensorsReader.open(FILES.resolve("split/model.safetensors"))) {
      assertEquals(Map.of("format", "pt"), reader.metadata());
    }
  }

  @Test
  void writesTheSameBytes() throws IOException {
    Path theirs = FILES.resolve("floats.safetensors");
    Path ours = folder.resolve("floats.safetensors");
    try (SafetensorsReader reader = SafetensorsReader.open(theirs)) {
      SafetensorsWriter writer = new SafetensorsWriter(SafetensorsWriter.OF_PYTORCH);
      for (String name : reader.tensors().keySet().stream().sorted().toList()) {
        StoredTensor tensor = reader.tensors().get(name);
        ByteBuffer values = bytes(reader, name);
        DataType type =
            switch (tensor.type()) {
              case F64 -> DataType.FLOAT64;
              case F32 -> DataType.FLOAT32;
              default -> DataType.BFLOAT16;
            };
        writer.add(name, tensor.shape(), type, (offset, piece) -> piece.put(values));
      }
      writer.replace(ours);
    }
    assertArrayEquals(Files.readAllBytes(theirs), Files.readAllBytes(ours));
  }

  @ParameterizedTest
  @CsvSource({
    "plain, LR_OUTSIDE",
    "plain, LR_INSIDE",
    "momentum, LR_OUTSIDE",
    "momentum, LR_INSIDE"
  })
  void aTrainingGoesOn(String kind, MomentumForm form) throws IOException {
    boolean isPlain = kind.equals("plain");
    RmsProp rule =
        Preset.PYTORCH.rule().toBuilder()
            .learningRate(0.01)
            .momentum(isPlain ? 0 : 0.9)
            .centered(!isPlain)
            .momentumForm(form)
            .build();
    Path files = FILES.resolve(kind);
    try (OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());
        Optimizer optimizer =
            Optimizer.builder(backend, rule)
                .parameter("weight", 10, 64)
                .parameter("bias", 10)
                .build();
        SafetensorsReader later = SafetensorsReader.open(files.resolve("later.safetensors"))) {
      Parameters.load(files.resolve("model.safetensors"), optimizer);
      PyTorchState.load(files.resolve("state.safetensors"), optimizer);
      assertEquals(STEPS, optimizer.stepCount());
      step(optimizer);
      for (String name : optimizer.names()) {
        float[] expected = new float[(int) optimizer.parameter(name).length()];
        bytes(later, name).asFloatBuffer().get(expected);
        float[] found = new float[expected.length];
        optimizer.parameter(name).read(found);
        assertClose(expected, found);
      }
    }
  }

  private static void step(Optimizer optimizer) {
    for (int number = STEPS; number < 2 * STEPS; number++) {
      for (String name : optimizer.names()) {
        float[] gradient = new float[(int) optimizer.parameter(name).length()];
        for (int i = 0; i < gradient.length; i++) {
          gradient[i] = ((i * 7 + number * 3) % 11 - 5) / 4f;
        }
        optimizer.gradient(name).write(gradient);
      }
      optimizer.step();
    }
  }

  /** Relative to the largest parameter: they pass through 0. */
  private static void assertClose(float[] expected, float[] found) {
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      worst = Math.max(worst, Math.abs((double) expected[i] - found[i]));
    }
    assertTrue(worst <= ROUNDING * largest, worst + " of " + largest + ": expected " + ROUNDING);
  }
}
