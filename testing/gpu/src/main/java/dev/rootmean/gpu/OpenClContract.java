package dev.rootmean.gpu;

import dev.rootmean.DataType;
import dev.rootmean.contract.OptimizerBackendContract;
import dev.rootmean.opencl.OpenClProvider;
import dev.rootmean.spi.BackendProvider;

/** The contract on the OpenCL device that the user has named. */
abstract class OpenClContract extends OptimizerBackendContract {
  /** What {@link #device} gives: JUnit makes the objects. */
  static final String PROPERTY = "rootmean.gpu.opencl";

  @Override
  protected BackendProvider provider() {
    return new OpenClProvider();
  }

  @Override
  protected String device() {
    return System.getProperty(PROPERTY);
  }

  static class Float32 extends OpenClContract {}

  static class Float64 extends OpenClContract {
    @Override
    public DataType type() {
      return DataType.FLOAT64;
    }
  }
}
