package dev.rootmean.gpu;

import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.LongCheckpointContract;
import dev.rootmean.contract.Parts;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** On CUDA, where 26 GB of the device's memory are free, or on an emulated one. */
class LongCheckpoint extends LongCheckpointContract {
  /** A system property: whether the device is emulated. */
  static final String PROPERTY = "rootmean.gpu.emulated";

  /** Parameters, gradients and square averages. */
  private static final int ROWS = 3;

  private static final Parts SHORT = new Parts(List.of(new Parts.Part(0, 1000)));

  @Override
  protected Parts parts() {
    return Boolean.getBoolean(PROPERTY) ? SHORT : FAR;
  }

  @Override
  protected OptimizerBackend open() {
    OptimizerBackend backend = Backends.open("cuda");
    try {
      backend.allocate(DataType.FLOAT32, ROWS * parts().length()).close();
      return backend;
    } catch (DeviceOutOfMemoryException e) { // others may have some of it
      backend.close();
      return Assumptions.abort(e.getMessage());
    }
  }
}
