package dev.rootmean.opencl;

import dev.rootmean.DataType;

class PoclDoubleContractTest extends PoclContractTest {
  @Override
  public DataType type() {
    return DataType.FLOAT64;
  }
}
