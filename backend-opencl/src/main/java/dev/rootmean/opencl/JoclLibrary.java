package dev.rootmean.opencl;

import dev.rootmean.spi.NativeBinding;
import java.util.Locale;
import org.jocl.CL;
import org.jocl.NativePointerObject;

/** Makes JOCL's natives ready before anything else of it is touched. */
final class JoclLibrary {
  private static final NativeBinding JOCL =
      new NativeBinding(
          NativePointerObject.class,
          "/lib/" + fileName(),
          () -> CL.stringFor_errorCode(CL.CL_SUCCESS));

  private JoclLibrary() {}

  /**
   * Loads once; a later call gives the first one's outcome.
   *
   * @throws UnsatisfiedLinkError if there is no OpenCL loader, or JOCL has no natives for this
   *     machine
   */
  static void load() {
    JOCL.load();
  }

  /** As JOCL names it in its jar. */
  private static String fileName() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch");
    String system = os.startsWith("mac") ? "apple" : os.startsWith("windows") ? "windows" : "linux";
    String processor = arch.equals("aarch64") ? "arm64" : "x86_64";
    return System.mapLibraryName("JOCL_2_0_6-" + system + "-" + processor);
  }
}
