package dev.rootmean.opencl;

import dev.rootmean.contract.RequiredBackends;
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

  /** A JVM that sees PoCL and no other implementation. */
  static ChildJvm alone(Class<?> main) {
    ChildJvm child = ChildJvm.of(main).without("RUSTICL_ENABLE");
    return Files.exists(REGISTERED) ? child.environment("OCL_ICD_VENDORS", REGISTERED) : child;
  }
}
