package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.contract.RequiredBackends;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.Option;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The emulated driver that these tests run on, as strict as it can be. As an extension it gives
 * each test a fresh one, in which the test may leave no object.
 */
final class EmulatedCuda implements BeforeEachCallback, AfterEachCallback {
  /** Skips or fails the test if it is not built. */
  static void demand() {
    if (!CudaEmulator.isBuilt()) {
      RequiredBackends.skipOrFail(
          CudaErrors.BACKEND, "the CUDA emulator is not built: run testing/cuda-emulator/build");
    }
  }

  /** A fresh one, loaded before anything of JCuda is touched. */
  static void start(int seed) {
    demand();
    CudaEmulator.reset();
    CudaEmulator.set(Option.SEED, seed);
    CudaEmulator.set(Option.DEFERRED, 1);
    CudaEmulator.set(Option.RACE_CHECK, 1);
    CudaEmulator.set(Option.UNINITIALISED_CHECK, 1);
  }

  /** Chooses JCuda's mode, which is the whole process's, until the end of the test. */
  static void throwExceptions(boolean exceptions) {
    JCudaLibrary.load();
    JCudaDriver.setExceptionsEnabled(exceptions);
  }

  /** Fails if an object is there, or has gone only with its context. */
  static void assertNothingIsLeft() {
    CudaEmulator.Objects none = new CudaEmulator.Objects(0, 0, 0, 0, 0, 0, 0);
    assertEquals(none, CudaEmulator.live(), "objects that are left");
    assertEquals(none, CudaEmulator.abandoned(), "objects that went with their context");
  }

  @Override
  public void beforeEach(ExtensionContext test) {
    start(0);
  }

  @Override
  public void afterEach(ExtensionContext test) {
    if (CudaEmulator.isBuilt()) {
      throwExceptions(false);
      assertNothingIsLeft();
    }
  }
}
