package dev.rootmean.contract.machinery;

import dev.rootmean.contract.OptimizerBackendContract;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.StubProvider;
import dev.rootmean.spi.BackendProvider;
import org.junit.jupiter.api.Tag;

@Tag("any-jdk")
class ScalarBackendContractTest extends OptimizerBackendContract {
  @Override
  protected BackendProvider provider() {
    return StubProvider.of("scalar", () -> ScalarDevice.open(new ScalarDevice()));
  }
}
