package dev.rootmean.opencl;

import dev.rootmean.DataType;

class PoclDoubleVectorsContractTest extends PoclVectorsContractTest {
  @Override
  public DataType type() {
    return DataType.FLOAT64;
  }
}
