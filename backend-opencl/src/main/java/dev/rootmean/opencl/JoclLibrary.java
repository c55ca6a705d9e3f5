package dev.rootmean.opencl;

import dev.rootmean.binding.NativeBinding;
import dev.rootmean.binding.NativeLoadingException;
import org.jocl.CL;

/** Makes JOCL's natives ready before anything else of it is touched. */
final class JoclLibrary {
  static final String VERSION = "2.0.6";

  private static final NativeBinding JOCL =
      new NativeBinding(
          JoclLibrary.class,
          "JOCL",
          "org.jocl:jocl",
          "org.jocl:jocl",
          "org.jocl",
          "org.jocl.CL",
          () -> "JOCL_" + VERSION.replace('.', '_'));

  /** JOCL's words if there is no OpenCL loader, or one that cannot be used. */
  private static final String NO_LOADER = "Implementation library could not be loaded";

  private static final String INSTALL_LOADER =
      "install an OpenCL loader and your GPU's driver (Debian: apt-get install ocl-icd-libopencl1)";

  private static boolean quiet;

  private JoclLibrary() {}

  /**
   * Loads unless it is loaded. What fails once JOCL's class is touched, as without a loader, fails
   * each time; what fails before that, such as copying the natives, is tried again.
   *
   * @throws NativeLoadingException if there is no OpenCL loader, or JOCL is not there or has no
   *     natives for this machine
   */
  static synchronized void load() throws NativeLoadingException {
    try {
      JOCL.load(JoclLibrary::hush);
    } catch (NativeLoadingException e) {
      throw e.getMessage().contains(NO_LOADER)
          ? new NativeLoadingException(e.getMessage(), INSTALL_LOADER, e)
          : e;
    }
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
