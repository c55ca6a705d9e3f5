package dev.rootmean.gpu;

import dev.rootmean.DataType;
import dev.rootmean.ForeignMemory;
import dev.rootmean.contract.WrappedMemoryContract;
import dev.rootmean.cuda.CudaProvider;
import dev.rootmean.spi.BackendProvider;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** The contract in memory that was taken from the driver, as a framework takes its own. */
abstract class CudaWrappedContract extends WrappedMemoryContract {
  private static final int MOST_BEFORE = 4;

  private final List<DriverMemory> taken = new ArrayList<>();

  @Override
  protected BackendProvider provider() {
    return new CudaProvider();
  }

  @Override
  protected ForeignMemory foreign(DataType type, long length) {
    int before = taken.size() % MOST_BEFORE; // not always on 16 bytes
    DriverMemory memory = DriverMemory.take((before + length) * type.bytes());
    taken.add(memory);
    return memory.describe(type, (long) before * type.bytes(), length);
  }

  @AfterEach
  void free() {
    taken.forEach(DriverMemory::close);
    taken.clear();
  }

  static class Float32 extends CudaWrappedContract {}

  static class Float64 extends CudaWrappedContract {
    @Override
    public DataType type() {
      return DataType.FLOAT64;
    }
  }
}
