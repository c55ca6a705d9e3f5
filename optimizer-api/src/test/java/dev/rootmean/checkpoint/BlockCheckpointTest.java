package dev.rootmean.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.ScalarDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Codes and bases of blocks are saved as they are, and a training goes on with the same bits. */
final class BlockCheckpointTest {
  private static final RmsProp RULE =
      RmsProp.builder().learningRate(0.01).momentum(0.5).centered(true).build();

  private static final Precision BLOCKS =
      Precision.BFLOAT16.withAccumulators(DataType.BLOCK8).withSeed(-7);

  private final OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());

  @TempDir private Path folder;

  @AfterEach
  void close() {
    backend.close();
  }

  private Optimizer model(Precision precision) {
    return Optimizer.builder(backend, RULE)
        .parameter("small", 2, 3)
        .parameter("large", 50, 100)
        .precision(precision)
        .build();
  }

  private static void train(Optimizer optimizer, int first, int end) {
    for (int batch = first; batch < end; batch++) {
      for (String name : optimizer.names()) {
        DeviceBuffer gradient = optimizer.gradient(name);
        Elements.write(
            gradient,
            NumberKind.ORDINARY.take(
                gradient.dataType(), (int) gradient.length(), name.hashCode() + batch));
      }
      optimizer.step();
    }
  }

  private static List<ByteBuffer> bits(Optimizer optimizer) {
    var state = optimizer.state("large");
    DeviceBuffer v = state.squareAverage();
    DeviceBuffer b = state.momentum().orElseThrow();
    DeviceBuffer m = state.gradientAverage().orElseThrow();
    return List.of(
            optimizer.parameter("large"),
            optimizer.parameter("small"),
            optimizer.state("small").squareAverage(),
            v,
            b,
            m,
            v.bases().orElseThrow(),
            b.bases().orElseThrow(),
            m.bases().orElseThrow())
        .stream()
        .map(BlockCheckpointTest::bits)
        .toList();
  }

  private static ByteBuffer bits(DeviceBuffer row) {
    ByteBuffer bytes = ByteBuffer.allocate((int) row.length() * row.dataType().bytes());
    row.read(0, bytes);
    return bytes.flip();
  }

  @Test
  void aSavedTrainingGoesOnExactly() throws IOException {
    Checkpoints checkpoints = Checkpoints.in(folder);
    try (Optimizer whole = model(BLOCKS);
        Optimizer first = model(BLOCKS);
        Optimizer second = model(BLOCKS)) {
      train(whole, 0, 6);
      train(first, 0, 3);
      Path saved = checkpoints.save(first);
      assertTrue(checkpoints.resume(second).isPresent());
      assertEquals(bits(first), bits(second));
      train(second, 3, 6);
      assertEquals(bits(whole), bits(second));
      try (SafetensorsReader reader = SafetensorsReader.open(saved.resolve(Checkpoint.STATE))) {
        assertEquals("U8[50, 100]", reader.tensors().get("large.square_avg").toString());
        assertEquals("I32[5]", reader.tensors().get("large.square_avg.base").toString());
        assertEquals("I32[5]", reader.tensors().get("large.grad_avg.base").toString());
        assertEquals("F32[2, 3]", reader.tensors().get("small.square_avg").toString());
        assertEquals(9, reader.tensors().size());
      }
    }
  }

  @Test
  void anotherPrecisionDoesNotGoOn() throws IOException {
    Checkpoints checkpoints = Checkpoints.in(folder);
    try (Optimizer blocks = model(BLOCKS);
        Optimizer floats = model(Precision.BFLOAT16.withSeed(-7))) {
      train(blocks, 0, 1);
      checkpoints.save(blocks);
      CheckpointException e =
          assertThrows(CheckpointException.class, () -> checkpoints.resume(floats));
      assertTrue(e.getMessage().contains("BLOCK8"), e.getMessage());
      checkpoints.save(floats);
      e = assertThrows(CheckpointException.class, () -> checkpoints.resume(blocks));
      assertTrue(e.getMessage().contains("BLOCK8"), e.getMessage());
    }
  }

  @Test
  void aSnapshotHasBases() {
    try (Optimizer first = model(BLOCKS);
        Optimizer second = model(BLOCKS)) {
      train(first, 0, 3);
      Snapshot snapshot = new Snapshot();
      snapshot.take(first, 3);
      snapshot.restore(second);
      train(first, 3, 5);
      train(second, 3, 5);
      assertEquals(bits(first), bits(second));
    }
  }
}
