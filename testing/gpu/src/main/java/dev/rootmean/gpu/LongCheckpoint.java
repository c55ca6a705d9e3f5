package dev.rootmean.gpu;

import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.LongCheckpointContract;
import dev.rootmean.contract.Parts;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** On CUDA, in the memory that the device has: 26 GB, but on an emulated one. */
class LongCheckpoint extends LongCheckpointContract {
  /** A system property: whether the device is emulated. */
  static final String PROPERTY = "rootmean.gpu.emulated";

  private static final Parts SHORT = new Parts(List.of(new Parts.Part(0, 1000)));

  @Override
  protected Parts parts() {
    return Boolean.getBoolean(PROPERTY) ? SHORT : FAR;
  }

  @Override
  protected OptimizerBackend open() {
    OptimizerBackend backend = Backends.open("cuda");
    long wanted = 3 * Float.BYTES * parts().length();
    long memory = backend.info().totalMemoryBytes();
    if (memory < wanted) {
      backend.close();
      Assumptions.abort("the device has " + memory + " bytes of memory: expected " + wanted);
    }
    return backend;
  }
}
