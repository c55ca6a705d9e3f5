package dev.rootmean.contract.machinery;

import dev.rootmean.DataType;
import dev.rootmean.OptimizerBackend;
import java.util.List;

/** What each part of the contract works with. */
interface BackendUnderTest {
  /** What the backend's provider calls it. */
  String backendName();

  /** The open backend that all tests of the contract share; a test leaves it usable. */
  OptimizerBackend backend();

  /** The type that all tests compute in. */
  DataType type();

  /** The types that gradients of such parameters may have beside the parameters' own. */
  default List<DataType> gradTypes() {
    return type() == DataType.FLOAT32 ? List.of(DataType.BFLOAT16) : List.of();
  }

  /** Whether it says that its bits are exact; they must be in any case. */
  boolean saysExact();

  /** Opens one more on the same device, the caller's to close. */
  OptimizerBackend openAnother();
}
