package dev.rootmean.gpu;

import dev.rootmean.DataType;
import dev.rootmean.contract.OptimizerBackendContract;
import dev.rootmean.cuda.CudaProvider;
import dev.rootmean.spi.BackendProvider;

/** The contract on whatever GPU the driver offers first. */
abstract class CudaContract extends OptimizerBackendContract {
  @Override
  protected BackendProvider provider() {
    return new CudaProvider();
  }

  static class Float32 extends CudaContract {}

  static class Float64 extends CudaContract {
    @Override
    public DataType type() {
      return DataType.FLOAT64;
    }
  }
}
