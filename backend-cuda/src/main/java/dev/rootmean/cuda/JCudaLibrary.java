package dev.rootmean.cuda;

import dev.rootmean.binding.NativeBinding;
import dev.rootmean.binding.NativeLoadingException;
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

  /** Then follows why, in the user's language. Of a driver that is there, the path comes first. */
  private static final String NO_DRIVER = " " + DriverFolders.DRIVER + ": ";

  /** Remembered, so that what is in vain is done once. */
  private static final AtomicReference<NativeLoadingException> WITHOUT_DRIVER =
      new AtomicReference<>();

  private JCudaLibrary() {}

  /**
   * Loads unless it is loaded, with the driver wherever it lies. Without a driver it fails each
   * time; what fails before JCuda's class is touched, such as copying the natives, is tried again.
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
      loadDriver(folders, e.getMessage().substring(linkersWords).strip(), e);
      JCUDA.load();
    }
  }

  /**
   * Loads what JCuda's library asks for: then the linker gives it that. If all folders fail, the
   * first of them says why, as it is the one that was to be taken.
   */
  private static void loadDriver(DriverFolders folders, String linkersWords, Throwable cause)
      throws NativeLoadingException {
    NativeLoadingException first = null;
    for (Path folder : folders.withDriver()) {
      try {
        loadDriver(folders, folder, cause);
        return;
      } catch (NativeLoadingException e) {
        first = first == null ? e : first;
      }
    }
    if (first == null) {
      String reason = "no NVIDIA driver: " + linkersWords;
      first = new NativeLoadingException(reason, CudaProvider.UPDATE, cause);
    }
    WITHOUT_DRIVER.set(first);
    throw first;
  }

  private static void loadDriver(DriverFolders folders, Path folder, Throwable cause)
      throws NativeLoadingException {
    String remedy = "add " + folder + " to LD_LIBRARY_PATH";
    if (!folders.isSafe(folder)) {
      String reason =
          DriverFolders.DRIVER + " lies in " + folder + ", where not only root can write";
      throw new NativeLoadingException(reason, remedy + " if that is meant", cause);
    }
    try {
      System.load(folder.resolve(DriverFolders.DRIVER).toString());
    } catch (UnsatisfiedLinkError e) {
      String words = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      String reason = DriverFolders.DRIVER + " of " + folder + " cannot be loaded: " + words;
      throw new NativeLoadingException(reason, remedy, e);
    }
  }
}
