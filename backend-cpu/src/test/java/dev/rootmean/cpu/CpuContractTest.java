package dev.rootmean.cpu;

import dev.rootmean.contract.OptimizerBackendContract;
import dev.rootmean.spi.BackendProvider;

class CpuContractTest extends OptimizerBackendContract {
  @Override
  protected BackendProvider provider() {
    return new CpuProvider();
  }
}
