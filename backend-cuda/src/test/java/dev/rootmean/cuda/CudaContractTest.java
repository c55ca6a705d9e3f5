package dev.rootmean.cuda;

import dev.rootmean.DataType;
import dev.rootmean.contract.OptimizerBackendContract;
import dev.rootmean.spi.BackendProvider;
import org.junit.jupiter.api.Nested;

/** The contract on the emulated driver, in each type and in three orders of blocks and warps. */
class CudaContractTest {
  abstract static class InOneOrder extends OptimizerBackendContract {
    private final int seed;
    private final DataType type;
    private boolean started;

    InOneOrder(int seed, DataType type) {
      this.seed = seed;
      this.type = type;
    }

    @Override
    protected BackendProvider provider() {
      if (!started) {
        EmulatedCuda.start(seed);
        started = true;
      }
      return new CudaProvider();
    }

    @Override
    public DataType type() {
      return type;
    }
  }

  /** The largest test takes long to emulate, and its order is no other than that of the rest. */
  abstract static class InDisorder extends InOneOrder {
    InDisorder(int seed, DataType type) {
      super(seed, type);
    }

    @Override
    public void manyChunksAreSummedLikeOne() {}
  }

  @Nested
  class FloatsInOrder extends InOneOrder {
    FloatsInOrder() {
      super(0, DataType.FLOAT32);
    }
  }

  @Nested
  class FloatsInDisorder extends InDisorder {
    FloatsInDisorder() {
      super(1, DataType.FLOAT32);
    }
  }

  @Nested
  class FloatsInAnotherDisorder extends InDisorder {
    FloatsInAnotherDisorder() {
      super(2, DataType.FLOAT32);
    }
  }

  @Nested
  class DoublesInOrder extends InOneOrder {
    DoublesInOrder() {
      super(0, DataType.FLOAT64);
    }
  }

  @Nested
  class DoublesInDisorder extends InDisorder {
    DoublesInDisorder() {
      super(1, DataType.FLOAT64);
    }
  }

  @Nested
  class DoublesInAnotherDisorder extends InDisorder {
    DoublesInAnotherDisorder() {
      super(2, DataType.FLOAT64);
    }
  }
}
