package dev.rootmean.cuda;

import dev.rootmean.spi.NativeBinding;
import dev.rootmean.spi.NativeLoadingException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import jcuda.JCudaVersion;

/** Makes JCuda's natives ready before anything else of its driver binding is touched. */
final class JCudaLibrary {
  private static final NativeBinding JCUDA =
      new NativeBinding(
          JCudaLibrary.class,
          "JCuda",
          "org.jcuda:jcuda",
          "org.jcuda:jcuda-natives",
          "jcuda",
          "jcuda.driver.JCudaDriver",
          () -> "JCudaDriver-" + JCudaVersion.get());

  private static final String NO_DRIVER = DriverFolders.DRIVER + ": cannot open shared object file";

  /** Remembered, so that what is in vain is done once. */
  private static final AtomicReference<NativeLoadingException> WITHOUT_DRIVER =
      new AtomicReference<>();

  private JCudaLibrary() {}

  /**
   * Loads once, with the driver wherever it lies.
   *
   * @throws NativeLoadingException if there is no NVIDIA driver, or JCuda is not there or has no
   *     natives for this machine
   */
  static void load() throws NativeLoadingException {
    load(DriverFolders.KNOWN);
  }

  static synchronized void load(DriverFolders folders) throws NativeLoadingException {
    if (WITHOUT_DRIVER.get() != null) {
      throw WITHOUT_DRIVER.get();
    }
    try {
      JCUDA.load();
    } catch (NativeLoadingException e) {
      int linkersWords = e.getMessage().indexOf(NO_DRIVER);
      if (linkersWords < 0) {
        throw e;
      }
      loadDriver(folders, e.getMessage().substring(linkersWords), e);
      JCUDA.load();
    }
  }

  /** Loads what JCuda's library asks for: then the linker gives it that. */
  private static void loadDriver(DriverFolders folders, String linkersWords, Throwable cause)
      throws NativeLoadingException {
    Path folder = folders.find().orElse(null);
    if (folder == null) {
      throw withoutDriver("no NVIDIA driver: " + linkersWords, null, cause);
    }
    String remedy = "add " + folder + " to LD_LIBRARY_PATH";
    if (!folders.isSafe(folder)) {
      String reason =
          DriverFolders.DRIVER + " lies in " + folder + ", where not only root can write";
      throw withoutDriver(reason, remedy + " if that is meant", cause);
    }
    try {
      System.load(folder.resolve(DriverFolders.DRIVER).toString());
    } catch (UnsatisfiedLinkError e) {
      String words = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      String reason = DriverFolders.DRIVER + " of " + folder + " cannot be loaded: " + words;
      throw withoutDriver(reason, remedy, e);
    }
  }

  private static NativeLoadingException withoutDriver(
      String reason, String remedy, Throwable cause) {
    WITHOUT_DRIVER.set(new NativeLoadingException(reason, remedy, cause));
    return WITHOUT_DRIVER.get();
  }
}
