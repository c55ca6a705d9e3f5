package dev.rootmean.opencl;

import dev.rootmean.spi.NativeBinding;
import dev.rootmean.spi.NativeLoadingException;
import org.jocl.CL;

/** Makes JOCL's natives ready before anything else of it is touched. */
final class JoclLibrary {
  private static final NativeBinding JOCL =
      new NativeBinding(
          JoclLibrary.class,
          "JOCL",
          "org.jocl:jocl",
          "org.jocl:jocl",
          "org.jocl",
          "org.jocl.CL",
          () -> "JOCL_2_0_6");

  private static boolean quiet;

  private JoclLibrary() {}

  /**
   * Loads once; a later call gives the first one's outcome.
   *
   * @throws NativeLoadingException if there is no OpenCL loader, or JOCL is not there or has no
   *     natives for this machine
   */
  static synchronized void load() throws NativeLoadingException {
    JOCL.load(JoclLibrary::hush);
    if (quiet) {
      quiet = false;
      CL.setLogLevel(CL.LogLevel.LOG_ERROR); // JOCL's own setting again
    }
  }

  /**
   * Without an OpenCL loader JOCL would print on standard output, before anybody can tell it not
   * to.
   */
  private static void hush() {
    quiet = true;
    CL.setLogLevel(CL.LogLevel.LOG_QUIET);
  }
}
