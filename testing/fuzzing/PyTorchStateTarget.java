package dev.rootmean.checkpoint;

import dev.rootmean.Backends;
import dev.rootmean.Optimizer;
import dev.rootmean.Preset;
import dev.rootmean.fuzzing.Trial;
import java.io.IOException;

/** The state of torch.optim.RMSprop. */
public final class PyTorchStateTarget {
  private static final Optimizer OPTIMIZER =
      Optimizer.builder(
              Backends.open("cpu"),
              Preset.PYTORCH.rule().toBuilder().momentum(0.5).centered(true).build())
          .parameter("w", 2, 2)
          .parameter("b", 3)
          .build();

  private PyTorchStateTarget() {}

  public static void fuzzerTestOneInput(byte[] bytes) throws IOException {
    Trial.of(
        "state.safetensors",
        bytes,
        CheckpointException.class,
        file -> PyTorchState.load(file, OPTIMIZER));
  }
}
