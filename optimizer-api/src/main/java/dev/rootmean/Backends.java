package dev.rootmean;

import java.util.Objects;

/**
 * Opens a backend: the best there is, or the one that is named.
 *
 * <p>A name is {@code auto}, or a backend, or a backend and a device: {@code cpu}, {@code cuda},
 * {@code opencl:1}. What is named and cannot open throws with the reason; nothing is ever replaced
 * by something lesser in silence.
 *
 * <p>The library logs through SLF4J, each record in one line, with the class as the logger's name:
 * at INFO which device was taken, and why none of those that come before it; at WARNING what is
 * wrong though it works, such as a device that is not exact, or buffers that were open at close; at
 * DEBUG what failed while something was being released.
 */
public final class Backends {
  /** The system property that {@link #open()} obeys. */
  public static final String PROPERTY = "rootmean.backend";

  /** The environment variable that {@link #open()} obeys where the property is not set. */
  public static final String ENVIRONMENT = "ROOTMEAN_BACKEND";

  private Backends() {}

  /**
   * Opens the backend that the system property {@value #PROPERTY} or the environment variable
   * {@value #ENVIRONMENT} names; without them the best available: a CUDA GPU, then an OpenCL GPU,
   * then the CPU.
   *
   * @return an open backend, the caller's to close
   * @throws BackendException if what is named cannot open, or nothing can
   * @throws IllegalArgumentException if no backend has the name
   */
  public static OptimizerBackend open() {
    String fromEnvironment = System.getenv().getOrDefault(ENVIRONMENT, Selection.AUTO);
    return open(System.getProperty(PROPERTY, fromEnvironment));
  }

  /**
   * Opens the named backend.
   *
   * @param name {@code auto}, a backend, or a backend, a colon and a device
   * @return an open backend, the caller's to close
   * @throws BackendException if it cannot open; the message says why
   * @throws IllegalArgumentException if no backend has the name
   */
  public static OptimizerBackend open(String name) {
    Objects.requireNonNull(name, "name");
    return Selection.onClassPath().open(name);
  }

  /**
   * Looks at every known backend and device, and opens each for a moment to see whether it works.
   *
   * @return what there is, and why not more
   */
  public static BackendReport report() {
    return Selection.onClassPath().report();
  }
}
