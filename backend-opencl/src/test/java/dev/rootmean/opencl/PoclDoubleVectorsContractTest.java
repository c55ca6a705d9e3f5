package dev.rootmean.opencl;

import dev.rootmean.DataType;
import org.junit.jupiter.api.Tag;

@Tag("any-jdk")
@Tag("thorough")
class PoclDoubleVectorsContractTest extends PoclVectorsContractTest {
  @Override
  public DataType type() {
    return DataType.FLOAT64;
  }
}
