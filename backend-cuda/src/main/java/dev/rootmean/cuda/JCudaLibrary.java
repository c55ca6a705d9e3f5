package dev.rootmean.cuda;

import dev.rootmean.spi.NativeBinding;
import jcuda.LibUtils;
import jcuda.LogLevel;
import jcuda.driver.JCudaDriver;

/** Makes JCuda's natives ready before anything else of its driver binding is touched. */
final class JCudaLibrary {
  private static final NativeBinding JCUDA =
      new NativeBinding(
          LibUtils.class,
          "/lib/" + fileName(),
          () -> JCudaDriver.setLogLevel(LogLevel.LOG_QUIET)); // it would print to System.out

  private JCudaLibrary() {}

  /**
   * Loads once; a later call gives the first one's outcome.
   *
   * @throws UnsatisfiedLinkError if there is no NVIDIA driver, or JCuda has no natives for this
   *     machine
   */
  static void load() {
    JCUDA.load();
  }

  /** As JCuda names it in its jar. */
  static String fileName() {
    return LibUtils.createLibraryFileName(LibUtils.createPlatformLibraryName("JCudaDriver-12.6.0"));
  }
}
