package dev.rootmean.opencl;

import dev.rootmean.spi.NativeLibraries;
import java.util.List;
import java.util.Locale;
import org.jocl.CL;
import org.jocl.NativePointerObject;

/** Makes JOCL's natives ready before anything else of it is touched. */
final class JoclLibrary {
  private static String failure;
  private static boolean loaded;

  private JoclLibrary() {}

  /**
   * Loads once; a later call gives the first one's outcome.
   *
   * @throws UnsatisfiedLinkError if there is no OpenCL loader, or JOCL has no natives for this
   *     machine
   */
  static synchronized void load() {
    if (failure != null) {
      // The JVM's own second answer would be a NoClassDefFoundError without a reason.
      throw new UnsatisfiedLinkError(failure);
    }
    if (!loaded) {
      try {
        NativeLibraries.load(
            NativePointerObject.class, List.of("/lib/" + fileName()), JoclLibrary::touch);
        loaded = true;
      } catch (UnsatisfiedLinkError e) {
        failure = e.getMessage();
        throw e;
      }
    }
  }

  /** Any call makes the class load its library. */
  private static void touch() {
    CL.stringFor_errorCode(CL.CL_SUCCESS);
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
