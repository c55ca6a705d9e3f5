package dev.rootmean.contract;

import dev.rootmean.DataType;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.machinery.BlockBufferContract;
import dev.rootmean.contract.machinery.BlockContract;
import dev.rootmean.contract.machinery.BroughtTensorsContract;
import dev.rootmean.contract.machinery.BufferMisuseContract;
import dev.rootmean.contract.machinery.HalvesContract;
import dev.rootmean.contract.machinery.HostBufferContract;
import dev.rootmean.contract.machinery.LifecycleContract;
import dev.rootmean.contract.machinery.MultiTensorContract;
import dev.rootmean.contract.machinery.OrderContract;
import dev.rootmean.contract.machinery.PolicyContract;
import dev.rootmean.contract.machinery.PrecisionContract;
import dev.rootmean.contract.machinery.PrecisionMisuseContract;
import dev.rootmean.contract.machinery.QueueContract;
import dev.rootmean.contract.machinery.ResumeContract;
import dev.rootmean.contract.machinery.RoundingContract;
import dev.rootmean.contract.machinery.RowSumsContract;
import dev.rootmean.contract.machinery.RowsContract;
import dev.rootmean.contract.machinery.RowsMisuseContract;
import dev.rootmean.contract.machinery.SliceContract;
import dev.rootmean.contract.machinery.SomeTensorsContract;
import dev.rootmean.contract.machinery.StepContract;
import dev.rootmean.contract.machinery.StepMisuseContract;
import dev.rootmean.contract.machinery.TransferContract;
import dev.rootmean.spi.BackendProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.opentest4j.TestAbortedException;

/**
 * What every backend must do, and all bits of it: a backend's test extends this and names its
 * provider. Where the backend is not available, {@link RequiredBackends} says what happens.
 */
@TestInstance(Lifecycle.PER_CLASS)
public abstract class OptimizerBackendContract
    implements StepContract,
        PrecisionContract,
        RoundingContract,
        BlockContract,
        BlockBufferContract,
        HalvesContract,
        SliceContract,
        TransferContract,
        HostBufferContract,
        QueueContract,
        OrderContract,
        PolicyContract,
        ResumeContract,
        SomeTensorsContract,
        RowsContract,
        RowSumsContract,
        RowsMisuseContract,
        MultiTensorContract,
        BroughtTensorsContract,
        LifecycleContract,
        StepMisuseContract,
        PrecisionMisuseContract,
        BufferMisuseContract {
  private OptimizerBackend backend;
  private TestAbortedException absent;

  /**
   * Names the backend under test.
   *
   * @return its provider
   */
  protected abstract BackendProvider provider();

  /**
   * Names the device under test.
   *
   * @return as in {@link BackendProvider#open}; the best one unless overridden
   */
  protected String device() {
    return "";
  }

  /**
   * What the tests get to see of a backend.
   *
   * @param opened has just been opened
   * @return the backend to test
   */
  OptimizerBackend underTest(OptimizerBackend opened) {
    return opened;
  }

  @Override
  public DataType type() {
    return DataType.FLOAT32;
  }

  @Override
  public boolean saysExact() {
    return true;
  }

  @BeforeAll
  void open() {
    try {
      backend = openAnother();
    } catch (TestAbortedException e) {
      absent = e; // Surefire counts skipped tests, and would say nothing of a skipped class
    }
  }

  @BeforeEach
  void skipWhatIsAbsent() {
    if (absent != null) {
      throw absent;
    }
  }

  @AfterAll
  void close() {
    if (backend != null) {
      backend.close();
    }
  }

  @Override
  public final String backendName() {
    return provider().name();
  }

  @Override
  public final OptimizerBackend backend() {
    return backend;
  }

  @Override
  public final OptimizerBackend openAnother() {
    return underTest(RequiredBackends.open(provider(), device()));
  }
}
