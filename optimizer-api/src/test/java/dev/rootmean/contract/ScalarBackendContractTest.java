package dev.rootmean.contract;

import dev.rootmean.spi.BackendProvider;

class ScalarBackendContractTest extends OptimizerBackendContract {
  @Override
  protected BackendProvider provider() {
    return StubProvider.of("scalar", () -> ScalarDevice.open(new ScalarDevice()));
  }
}
