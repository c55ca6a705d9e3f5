package dev.rootmean.emulator;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the library offers to {@link CudaEmulator}; the first use loads it. Tables are
 * tab-separated.
 */
final class DriverLibrary {
  static {
    System.load(file().toString());
  }

  private DriverLibrary() {}

  /** The file that is loaded, whether it is there or not. */
  static Path file() {
    String named = System.getProperty(CudaEmulator.PROPERTY);
    if (named != null) {
      return Path.of(named).toAbsolutePath();
    }
    Path relative = Path.of("testing", "cuda-emulator", "target", "libcuda.so.1");
    Path start = Path.of("").toAbsolutePath();
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      if (Files.isRegularFile(folder.resolve(relative))) {
        return folder.resolve(relative);
      }
    }
    return start.resolve(relative);
  }

  static native void reset();

  static native boolean set(String option, long value);

  static native boolean inject(String function, long nth, int code, boolean onwards);

  static native boolean hold(String function);

  static native boolean awaitHeld();

  static native boolean release();

  /** Gives -1 if JCuda calls no such function. */
  static native long calls(String function);

  static native long[] liveObjects();

  static native long[] abandonedObjects();

  static native String launches();

  static native String coverage();

  static native String lastFault();
}
