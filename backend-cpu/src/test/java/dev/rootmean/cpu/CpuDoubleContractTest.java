package dev.rootmean.cpu;

import dev.rootmean.DataType;

class CpuDoubleContractTest extends CpuContractTest {
  @Override
  public DataType type() {
    return DataType.FLOAT64;
  }
}
