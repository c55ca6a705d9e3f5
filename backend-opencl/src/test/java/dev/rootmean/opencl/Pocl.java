package dev.rootmean.opencl;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.RequiredBackends;
import dev.rootmean.contract.TryDevices;
import java.nio.file.Files;
import java.nio.file.Path;

/** The implementation that most of these tests use. */
final class Pocl {
  /** A part of every PoCL device's name. */
  static final String DEVICE = "Portable Computing Language";

  private static final Path REGISTERED = Path.of("/etc/OpenCL/vendors/pocl.icd");

  private Pocl() {}

  /** Skips or fails the test if PoCL is not there. */
  static void demand() {
    RequiredBackends.open(new OpenClProvider(), DEVICE).close();
  }

  /** One of its devices. */
  static FoundDevice device() {
    return FoundDevice.find(new Jocl(), true).devices().stream()
        .filter(FoundDevice::isPocl)
        .findFirst()
        .orElseThrow();
  }

  /** A JVM that tries the OpenCL devices that it is given. */
  static ChildJvm tryDevices() {
    return tryDevices(JoclMode.CODES);
  }

  static ChildJvm tryDevices(JoclMode mode) {
    return mode.child(TryDevices.class).argument(OpenClErrors.BACKEND);
  }

  /** A JVM that sees PoCL and no other implementation. */
  static ChildJvm alone(ChildJvm child) {
    child.without("RUSTICL_ENABLE");
    return Files.exists(REGISTERED) ? child.environment("OCL_ICD_VENDORS", REGISTERED) : child;
  }
}
