package dev.rootmean.opencl;

import dev.rootmean.contract.OptimizerBackendContract;
import dev.rootmean.spi.BackendProvider;

class PoclContractTest extends OptimizerBackendContract {
  @Override
  protected BackendProvider provider() {
    return new OpenClProvider();
  }

  @Override
  protected String device() {
    return "Portable Computing Language";
  }
}
