package dev.rootmean.opencl;

import dev.rootmean.contract.OptimizerBackendContract;
import dev.rootmean.spi.BackendProvider;
import org.junit.jupiter.api.Tag;

/** Mesa's implementation: another compiler, and one that reports nothing of its rounding. */
@Tag("any-jdk")
@Tag("thorough")
class RusticlContractTest extends OptimizerBackendContract {
  @Override
  protected BackendProvider provider() {
    return new OpenClProvider(Jocl::new, device -> 1, OpenClQueue.Limits.OF_DRIVERS);
  }

  @Override
  protected String device() {
    return "rusticl";
  }

  @Override
  public boolean saysExact() {
    return false;
  }
}
