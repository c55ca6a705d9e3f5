package dev.rootmean.cuda;

import dev.rootmean.contract.RequiredBackends;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.Option;

/** The emulated driver that these tests run on, as strict as it can be. */
final class EmulatedCuda {
  private EmulatedCuda() {}

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
}
