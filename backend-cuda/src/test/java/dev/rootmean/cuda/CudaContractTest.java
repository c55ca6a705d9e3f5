package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.contract.OptimizerBackendContract;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.spi.BackendProvider;
import dev.rootmean.spi.Kernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The contract on the emulated driver, in each type and in three orders of blocks and warps. */
class CudaContractTest {
  /** After the contract has closed the backend that all tests share. */
  private static final class Closed implements AfterAllCallback {
    @Override
    public void afterAll(ExtensionContext tests) {
      if (CudaEmulator.isBuilt()) {
        EmulatedCuda.assertNothingIsLeft();
      }
    }
  }

  @ExtendWith(Closed.class)
  abstract static class InOneOrder extends OptimizerBackendContract {
    /**
     * The backend that all tests share, and nothing that they have made, but two modules of a
     * family, what transfers pass through, with two events each and, once tensors were stepped
     * together, the memory of tables here and there.
     */
    private static CudaEmulator.Objects shared(CudaEmulator.Objects live) {
      long modules = live.modules();
      assertTrue(modules <= 2L * Kernels.families().size(), modules + " modules");
      long stagings = live.events() / 2;
      assertTrue(stagings <= 1, live.events() + " events");
      long tables = Math.min(live.allocations(), 1);
      long bytes = tables * (long) TableMemory.BYTES;
      return new CudaEmulator.Objects(
          tables, bytes, 1 + stagings + tables, 1, 2 * stagings, modules, 1);
    }

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

    @AfterEach
    void nothingIsLeftOfTheTest() {
      if (CudaEmulator.isBuilt()) {
        CudaEmulator.Objects live = CudaEmulator.live();
        assertEquals(shared(live), live);
      }
    }
  }

  @Nested
  class FloatsInOrder extends InOneOrder {
    FloatsInOrder() {
      super(0, DataType.FLOAT32);
    }
  }

  @Nested
  @Tag("any-jdk")
  class FloatsInDisorder extends InOneOrder {
    FloatsInDisorder() {
      super(1, DataType.FLOAT32);
    }
  }

  @Nested
  @Tag("any-jdk")
  @Tag("thorough")
  class FloatsInAnotherDisorder extends InOneOrder {
    FloatsInAnotherDisorder() {
      super(2, DataType.FLOAT32);
    }
  }

  @Nested
  @Tag("any-jdk")
  class DoublesInOrder extends InOneOrder {
    DoublesInOrder() {
      super(0, DataType.FLOAT64);
    }
  }

  @Nested
  @Tag("any-jdk")
  @Tag("thorough")
  class DoublesInDisorder extends InOneOrder {
    DoublesInDisorder() {
      super(1, DataType.FLOAT64);
    }
  }

  @Nested
  @Tag("any-jdk")
  @Tag("thorough")
  class DoublesInAnotherDisorder extends InOneOrder {
    DoublesInAnotherDisorder() {
      super(2, DataType.FLOAT64);
    }
  }
}
