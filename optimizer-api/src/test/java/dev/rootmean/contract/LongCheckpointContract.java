package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.checkpoint.Checkpoints;
import dev.rootmean.contract.Parts.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A training of more than 2³¹ parameters goes on from its checkpoint to the same bits at both ends,
 * around 2²⁹ and around 2³¹. All else is zero. The checkpoint takes 17 GB of disk.
 */
public abstract class LongCheckpointContract {
  private static final int HALF = 16_384;

  /** What is looked at of a long one. */
  protected static final Parts FAR =
      new Parts(
          List.of(
              new Part(0, 2 * HALF),
              new Part((1L << 29) - HALF, 2 * HALF),
              new Part((1L << 31) - HALF, 2 * HALF + 5)));

  private static final RmsProp RULE = RmsProp.builder().learningRate(0.01).build();
  private static final String NAME = "w";

  @TempDir private Path folder;

  /** For subclasses. */
  protected LongCheckpointContract() {}

  /**
   * The backend that is tested.
   *
   * @return a new one, with room for three rows of the parameters; or the test is skipped
   */
  protected abstract OptimizerBackend open();

  /**
   * What is looked at, and with its end how many parameters there are.
   *
   * @return {@link #FAR}, but where memory is not real
   */
  protected Parts parts() {
    return FAR;
  }

  /** Fails if the backend that was opened last has written what is not looked at. */
  protected void assertZeroElsewhere() {}

  @Test
  void aTrainingGoesOnFromItsCheckpoint() throws IOException {
    Checkpoints checkpoints = Checkpoints.in(folder);
    List<float[]> expected;
    try (OptimizerBackend backend = open();
        Optimizer optimizer = optimizer(backend)) {
      demandRoom(backend.info().name());
      parts().write(optimizer.parameter(NAME), numbers(1));
      step(optimizer);
      checkpoints.save(optimizer);
      step(optimizer);
      expected = read(optimizer);
    }
    try (OptimizerBackend backend = open();
        Optimizer optimizer = optimizer(backend)) {
      assertTrue(checkpoints.resume(optimizer).isPresent());
      step(optimizer);
      List<float[]> found = read(optimizer);
      for (int i = 0; i < expected.size(); i++) {
        assertArrayEquals(expected.get(i), found.get(i), "row " + i);
      }
    }
    assertZeroElsewhere();
  }

  private void demandRoom(String backend) throws IOException {
    long bytes = 2 * Float.BYTES * parts().length() + (1 << 20);
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free < bytes) {
      RequiredBackends.skipOrFail(
          backend, folder + " has room for " + free + " bytes: a checkpoint takes " + bytes);
    }
  }

  private Optimizer optimizer(OptimizerBackend backend) {
    return Optimizer.builder(backend, RULE).parameter(NAME, parts().length()).build();
  }

  private void step(Optimizer optimizer) {
    parts().write(optimizer.gradient(NAME), numbers(2 + (int) optimizer.stepCount()));
    optimizer.step();
  }

  private List<float[]> read(Optimizer optimizer) {
    return List.of(
        parts().read(optimizer.parameter(NAME)),
        parts().read(optimizer.state(NAME).squareAverage()));
  }

  private float[] numbers(int seed) {
    float[] numbers = new float[parts().count()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) Math.sin(seed + i);
    }
    return numbers;
  }
}
