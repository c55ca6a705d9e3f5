package dev.rootmean.pytorch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.Backends;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.RmsProp;
import dev.rootmean.checkpoint.Checkpoint;
import dev.rootmean.checkpoint.CheckpointException;
import dev.rootmean.checkpoint.Checkpoints;
import dev.rootmean.contract.RequiredBackends;
import dev.rootmean.opencl.OpenClProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A training that is saved and goes on: in torch's memory ({@code cpu}) and in copies. */
class SavedTrainingTest {
  private static final RmsProp RULE =
      Preset.PYTORCH.rule().toBuilder().momentum(0.9).centered(true).build();

  @TempDir private Path folder;

  private static OptimizerBackend open(String name) {
    return name.equals("cpu")
        ? Backends.open(name)
        : RequiredBackends.open(new OpenClProvider(), "Portable");
  }

  private static TorchRmsProp over(OptimizerBackend backend, Tensor often, Tensor seldom) {
    return TorchRmsProp.builder(backend, RULE)
        .parameter("often", often)
        .parameter("seldom", seldom)
        .policy(GradientPolicy.NONE.withMicroBatches(2))
        .build();
  }

  /** The second one has a gradient in the first of two micro-batches alone. */
  private static void train(TorchRmsProp optimizer, Tensor often, Tensor seldom, int from, int to) {
    for (int batch = from; batch < to; batch++) {
      optimizer.zeroGrad();
      Torch.gradient(often, Tensor.create(batch, -1f, 0.5f));
      if (batch % 2 == 0) {
        Torch.gradient(seldom, Tensor.create(1f + batch));
      }
      optimizer.step();
    }
  }

  /** Seven batches: one is gathered. */
  @ParameterizedTest
  @CsvSource({"cpu,cpu", "opencl,opencl", "cpu,opencl", "opencl,cpu"})
  void goesOnToTheBit(String first, String second) throws IOException {
    Tensor often = Torch.parameter(1, 2, 3);
    Tensor seldom = Torch.parameter(4);
    Tensor often2 = Torch.parameter(0, 0, 0);
    Tensor seldom2 = Torch.parameter(0);
    try (OptimizerBackend backend = open(first);
        OptimizerBackend another = open(second);
        TorchRmsProp whole = over(backend, often, seldom);
        TorchRmsProp resumed = over(another, often2, seldom2)) {
      train(whole, often, seldom, 0, 7);
      whole.save(Checkpoints.in(folder), Map.of("batch", "7"));
      train(resumed, often2, seldom2, 0, 3); // has a past of its own
      try (Checkpoint checkpoint = Checkpoints.in(folder).latest().orElseThrow()) {
        assertEquals(Map.of("batch", "7"), checkpoint.notes());
        resumed.load(checkpoint);
      }
      assertArrayEquals(Torch.floats(often), Torch.floats(often2));
      train(whole, often, seldom, 7, 20);
      train(resumed, often2, seldom2, 7, 20);
      assertEquals(whole.progress(), resumed.progress());
      assertArrayEquals(Torch.floats(often), Torch.floats(often2));
      assertArrayEquals(Torch.floats(seldom), Torch.floats(seldom2));
    }
  }

  @Test
  void ofOtherParametersIsRefused() throws IOException {
    Tensor saved = Torch.parameter(1, 2);
    Tensor other = Torch.parameter(5, 6, 7);
    try (OptimizerBackend backend = open("cpu");
        TorchRmsProp whole = TorchRmsProp.builder(backend, RULE).parameter("p", saved).build();
        TorchRmsProp shorter = TorchRmsProp.builder(backend, RULE).parameter("p", other).build()) {
      whole.save(Checkpoints.in(folder), Map.of());
      try (Checkpoint checkpoint = Checkpoints.in(folder).latest().orElseThrow()) {
        assertThrows(CheckpointException.class, () -> shorter.load(checkpoint));
      }
      assertArrayEquals(new float[] {5, 6, 7}, Torch.floats(other));
    }
  }
}
