package dev.rootmean.checkpoint;

import static dev.rootmean.checkpoint.SafetensorsText.bytes;
import static dev.rootmean.checkpoint.SafetensorsText.file;
import static dev.rootmean.checkpoint.SafetensorsText.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsProp.MomentumForm;
import dev.rootmean.contract.ScalarDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which precisions have a state that is PyTorch's too. */
final class PyTorchPrecisionTest {
  private static final RmsProp RULE =
      RmsProp.builder()
          .learningRate(0.75)
          .momentum(0.5)
          .momentumForm(MomentumForm.LR_INSIDE)
          .build();

  private final OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());

  @TempDir private Path folder;

  @AfterEach
  void close() {
    backend.close();
  }

  private static float[] read(DeviceBuffer buffer) {
    float[] values = new float[(int) buffer.length()];
    buffer.read(values);
    return values;
  }

  /** PyTorch's own is 16 bits wide there, and momentum that is scaled is rounded to them. */
  @Test
  void stateOfBfloat16ParametersIsCarriedOver() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    data.putFloat(7).putShort((short) 0x3F80).putShort((short) 0x3F81); // 1 and 1 + 1/128
    data.putShort((short) 0x4000).putShort((short) 0x0001); // 2 and the least
    String header =
        "{"
            + tensor("a.step", "F32", "[]", "[0,4]")
            + ","
            + tensor("a.momentum_buffer", "BF16", "[2]", "[4,8]")
            + ","
            + tensor("a.square_avg", "BF16", "[2]", "[8,12]")
            + "}";
    Path theirs = file(folder, "theirs", bytes(header, data.array()));
    Path ours = folder.resolve("ours");
    try (Optimizer optimizer =
        Optimizer.builder(backend, RULE)
            .parameter("a", 2)
            .precision(Precision.BFLOAT16.withAccumulators(DataType.BFLOAT16))
            .build()) {
      PyTorchState.load(theirs, optimizer);
      assertEquals(7, optimizer.stepCount());
      assertArrayEquals(new float[] {2, 0x1p-133f}, read(optimizer.state("a").squareAverage()));
      // 3/4 (1 + 1/128) lies in the middle of two neighbours: the even one
      assertArrayEquals(
          new float[] {0.75f, 0.7578125f}, read(optimizer.state("a").momentum().orElseThrow()));
      PyTorchState.save(optimizer, ours);
      try (SafetensorsReader reader = SafetensorsReader.open(ours)) {
        assertEquals("BF16[2]", reader.tensors().get("a.square_avg").toString());
        assertEquals("BF16[2]", reader.tensors().get("a.momentum_buffer").toString());
      }
    }
  }

  @Test
  void aPrecisionThatPyTorchHasNotIsRefusedInOneLine() throws IOException {
    Path theirs = file(folder, "theirs", bytes("{}", new byte[0]));
    for (Precision precision :
        List.of(
            Precision.BFLOAT16,
            Precision.BFLOAT16_WITH_REMAINDER,
            Precision.FLOAT32.withAccumulators(DataType.BFLOAT16))) {
      try (Optimizer optimizer =
          Optimizer.builder(backend, RULE).parameter("a", 2).precision(precision).build()) {
        Path none = folder.resolve("none");
        String saving =
            assertThrows(CheckpointException.class, () -> PyTorchState.save(optimizer, none))
                .getMessage();
        String loading =
            assertThrows(CheckpointException.class, () -> PyTorchState.load(theirs, optimizer))
                .getMessage();
        assertEquals(saving, loading);
        assertEquals(
            "PyTorch keeps accumulators in the parameters' type, "
                + precision.parameters()
                + ", and nothing beside them: expected an optimizer that does, and not "
                + precision,
            saving);
        assertTrue(Files.notExists(none));
      }
    }
  }
}
