package dev.rootmean.opencl;

import dev.rootmean.DataType;
import org.junit.jupiter.api.Tag;

@Tag("any-jdk")
class PoclDoubleContractTest extends PoclContractTest {
  @Override
  public DataType type() {
    return DataType.FLOAT64;
  }
}
