package dev.rootmean.contract.machinery;

import dev.rootmean.DataType;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.contract.Precisions;
import java.util.List;

/** What each part of the contract works with. */
interface BackendUnderTest {
  /** What the backend's provider calls it. */
  String backendName();

  /** The open backend that all tests of the contract share; a test leaves it usable. */
  OptimizerBackend backend();

  /** The type that all tests compute in. */
  DataType type();

  /** Those with fewer bits somewhere than all tests compute in. */
  default List<Precision> precisions() {
    return type() == DataType.FLOAT32 ? Precisions.inFewerBits() : List.of();
  }

  /** Those with accumulators in blocks that compute in the type of all tests. */
  default List<Precision> blockPrecisions() {
    return type() == DataType.FLOAT32 ? Precisions.inBlocks() : List.of();
  }

  /** Types of 16 bits that are computed in the type of all tests. */
  default List<DataType> halves() {
    return type() == DataType.FLOAT32
        ? List.of(DataType.BFLOAT16, DataType.FLOAT16, DataType.INT16)
        : List.of();
  }

  /** Whether it says that its bits are exact; they must be in any case. */
  boolean saysExact();

  /** Opens one more on the same device, the caller's to close. */
  OptimizerBackend openAnother();
}
