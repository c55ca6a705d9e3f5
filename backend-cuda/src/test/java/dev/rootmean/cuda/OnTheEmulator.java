package dev.rootmean.cuda;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.TryDevices;
import dev.rootmean.emulator.CudaEmulator;

/** A child JVM's main class: {@link TryDevices} on the emulated driver. */
final class OnTheEmulator {
  private OnTheEmulator() {}

  public static void main(String[] arguments) {
    CudaEmulator.reset(); // loads it, before JCuda looks for a driver
    TryDevices.main(arguments);
  }

  /** A JVM that tries the CUDA devices that it is given. */
  static ChildJvm tryDevices() {
    EmulatedCuda.demand();
    return ChildJvm.of(OnTheEmulator.class).argument(CudaErrors.BACKEND);
  }
}
