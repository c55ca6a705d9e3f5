package dev.rootmean.opencl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What PoCL, which runs OpenCL on processors, can do to a JVM, and what helps. */
final class PoclHazards {
  /** How PoCL names its platform. */
  static final String PLATFORM = "Portable Computing Language";

  private static final Path PROCESSORS = Path.of("/sys/devices/system/cpu");

  /** Why it is not asked where {@link #endsTheProcess()}. */
  static final String NO_PROCESSORS = "would end the process: there is no " + PROCESSORS;

  private PoclHazards() {}

  /** PoCL looks there, on Linux, which processors there are, and ends the process without it. */
  static boolean endsTheProcess() {
    return System.getProperty("os.name").equals("Linux") && !Files.exists(PROCESSORS);
  }

  /** Whether libjsig stands between native signal handlers and the JVM's. */
  static boolean signalsAreChained() {
    try {
      return Files.readString(Path.of("/proc/self/maps")).contains("/libjsig.so");
    } catch (IOException e) {
      return true; // not Linux: PoCL is not known to take signals there
    }
  }

  /** Where it keeps what it has built. */
  static Path cache() {
    String given = System.getenv("POCL_CACHE_DIR");
    String common = System.getenv("XDG_CACHE_HOME");
    if (given != null) {
      return Path.of(given);
    }
    return common == null
        ? Path.of(System.getProperty("user.home"), ".cache", "pocl", "kcache")
        : Path.of(common, "pocl", "kcache");
  }

  static String signalRemedy() {
    return "PoCL takes over signals that the JVM needs, and can end it: start Java with LD_PRELOAD="
        + System.getProperty("java.home")
        + "/lib/libjsig.so";
  }
}
