package dev.rootmean.contract.machinery;

import dev.rootmean.DataType;
import dev.rootmean.OptimizerBackend;

/** What each part of the contract works with. */
interface BackendUnderTest {
  /** What the backend's provider calls it. */
  String backendName();

  /** The open backend that all tests of the contract share; a test leaves it usable. */
  OptimizerBackend backend();

  /** The type that all tests compute in. */
  DataType type();

  /** Whether it says that its bits are exact; they must be in any case. */
  boolean saysExact();

  /** Opens one more on the same device, the caller's to close. */
  OptimizerBackend openAnother();
}
