package dev.rootmean.cuda;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.TryDevices;
import dev.rootmean.emulator.CudaEmulator;
import org.junit.jupiter.api.Assumptions;

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

  /** A JVM that tries them where no driver is; skips the test if the machine has one. */
  static ChildJvm withoutDriver() {
    ChildJvm child = ChildJvm.of(TryDevices.class).argument(CudaErrors.BACKEND);
    if (!child.run().lines("device").isEmpty()) {
      System.out.println("SKIPPED: what is told without a driver: this machine has one");
      Assumptions.abort("this machine has NVIDIA's driver");
    }
    return child;
  }
}
