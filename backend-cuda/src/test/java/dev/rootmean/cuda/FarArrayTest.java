package dev.rootmean.cuda;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.FarArrayContract;
import dev.rootmean.emulator.CudaEmulator;

/** JCuda counts the bytes before an element in 32 bits, and would miss these. */
class FarArrayTest extends FarArrayContract {
  /** The child's main class: as the contract's, on the emulated driver. */
  static final class OnTheEmulator {
    private OnTheEmulator() {}

    public static void main(String[] selectors) {
      CudaEmulator.reset(); // loads it, before JCuda looks for a driver
      FarArrayContract.main(selectors);
    }
  }

  @Override
  protected String backend() {
    return CudaErrors.BACKEND;
  }

  @Override
  protected ChildJvm jvm() {
    EmulatedCuda.demand();
    return ChildJvm.of(OnTheEmulator.class).argument(CudaErrors.BACKEND);
  }
}
