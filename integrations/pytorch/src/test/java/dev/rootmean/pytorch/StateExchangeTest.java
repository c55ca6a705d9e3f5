package dev.rootmean.pytorch;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Backends;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsProp.MomentumForm;
import dev.rootmean.checkpoint.PyTorchState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.pytorch.RMSprop;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A training that begins in libtorch and ends in Rootmean, and the other way round. */
class StateExchangeTest {
  private static final RmsProp RULE =
      Preset.PYTORCH.rule().toBuilder()
          .learningRate(0.01)
          .momentum(0.9)
          .centered(true)
          .weightDecay(0.01)
          .build();

  private static final List<String> NAMES = List.of("a", "b");
  private static final int[] LENGTHS = {1000, 7};
  private static final int STEPS = 100;

  /** One rounding in each step. */
  private static final double ROUNDING = STEPS * Math.ulp(1f);

  @TempDir private Path folder;

  private static float[] values(int tensor, int step) {
    Random random = new Random(100L * step + tensor);
    float[] values = new float[LENGTHS[tensor]];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static Tensor[] initial() {
    return new Tensor[] {Torch.parameter(values(0, -1)), Torch.parameter(values(1, -1))};
  }

  private static RMSprop libtorch(Tensor[] parameters) {
    return new RMSprop(new TensorVector(parameters), Torch.options(RULE));
  }

  private static void step(RMSprop optimizer, Tensor[] parameters, int from, int to) {
    for (int step = from; step < to; step++) {
      for (int t = 0; t < parameters.length; t++) {
        Torch.gradient(parameters[t], Tensor.create(values(t, step)));
      }
      optimizer.step();
    }
  }

  private static Optimizer rootmean(OptimizerBackend backend, MomentumForm form) {
    return Optimizer.builder(backend, RULE.toBuilder().momentumForm(form).build())
        .parameter("a", LENGTHS[0])
        .parameter("b", LENGTHS[1])
        .build();
  }

  private static void step(Optimizer optimizer, int from, int to) {
    for (int step = from; step < to; step++) {
      for (int t = 0; t < NAMES.size(); t++) {
        optimizer.gradient(NAMES.get(t)).write(values(t, step));
      }
      optimizer.step();
    }
  }

  private static float[] read(Optimizer optimizer, int tensor) {
    float[] values = new float[LENGTHS[tensor]];
    optimizer.parameter(NAMES.get(tensor)).read(values);
    return values;
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

  private static float[][] inLibtorchAlone() {
    Tensor[] parameters = initial();
    step(libtorch(parameters), parameters, 0, STEPS);
    return Arrays.stream(parameters).map(Torch::floats).toArray(float[][]::new);
  }

  @ParameterizedTest
  @EnumSource
  void fromLibtorchToRootmean(MomentumForm form) throws IOException {
    Path file = folder.resolve("state.safetensors");
    Tensor[] parameters = initial();
    RMSprop libtorch = libtorch(parameters);
    step(libtorch, parameters, 0, STEPS / 2);
    TorchState.save(libtorch, NAMES, STEPS / 2, file);
    float[][] expected = inLibtorchAlone();
    try (OptimizerBackend backend = Backends.open("cpu");
        Optimizer optimizer = rootmean(backend, form)) {
      for (int t = 0; t < NAMES.size(); t++) {
        optimizer.parameter(NAMES.get(t)).write(Torch.floats(parameters[t]));
      }
      PyTorchState.load(file, optimizer);
      step(optimizer, (int) optimizer.stepCount(), STEPS);
      for (int t = 0; t < NAMES.size(); t++) {
        assertClose(expected[t], read(optimizer, t));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void fromRootmeanToLibtorch(MomentumForm form) throws IOException {
    Path file = folder.resolve("state.safetensors");
    Tensor[] parameters = initial();
    RMSprop libtorch = libtorch(parameters);
    step(libtorch, parameters, 0, 1); // or it has no state to load into
    try (OptimizerBackend backend = Backends.open("cpu");
        Optimizer optimizer = rootmean(backend, form)) {
      for (int t = 0; t < NAMES.size(); t++) {
        optimizer.parameter(NAMES.get(t)).write(values(t, -1));
      }
      step(optimizer, 0, STEPS / 2);
      PyTorchState.save(optimizer, file);
      TorchState.load(libtorch, NAMES, file);
      for (int t = 0; t < NAMES.size(); t++) {
        parameters[t].set_data(Tensor.create(read(optimizer, t)));
      }
    }
    step(libtorch, parameters, STEPS / 2, STEPS);
    float[][] expected = inLibtorchAlone();
    for (int t = 0; t < NAMES.size(); t++) {
      assertClose(expected[t], Torch.floats(parameters[t]));
    }
  }
}
