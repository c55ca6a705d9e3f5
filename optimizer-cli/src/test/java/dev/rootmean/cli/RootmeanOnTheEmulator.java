package dev.rootmean.cli;

import dev.rootmean.emulator.CudaEmulator;

/** A child JVM's main class: the command line on a machine whose NVIDIA driver is emulated. */
final class RootmeanOnTheEmulator {
  private RootmeanOnTheEmulator() {}

  public static void main(String[] arguments) {
    CudaEmulator.reset(); // loads it, before JCuda looks for a driver
    Rootmean.main(arguments);
  }
}
