package dev.rootmean;

import dev.rootmean.spi.Leaks;
import dev.rootmean.spi.Setting;
import dev.rootmean.spi.Watchdog;
import java.util.Objects;

/**
 * Opens a backend: the best there is, or the one that is named.
 *
 * <p>A name is {@code auto}, or a backend, or a backend and a device: {@code cpu}, {@code cuda},
 * {@code opencl:1}. What is named and cannot open throws with the reason; nothing is ever replaced
 * by something lesser in silence.
 *
 * <p>Backends are services, {@link dev.rootmean.spi.BackendProvider}: they are looked for with this
 * library's class loader, and then with the context class loader of the calling thread.
 *
 * <p>The library logs through SLF4J, each record in one line but for stacks that were asked for,
 * below the logger {@code dev.rootmean}: at INFO which device was taken, and why none of those that
 * come before it; at WARNING what is wrong though it works, such as a device that is not exact, or
 * buffers that were open at close; at DEBUG what failed while something was being released.
 *
 * @since 0.1.0
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
   * then the CPU. A blank one counts as not set, and white space around a name as not there.
   *
   * <p>Of what is not named, a device that fails with an exception or a {@link LinkageError} is
   * passed over. Any other {@link Error} is not the device's failure, so it ends the selection.
   *
   * @return an open backend, the caller's to close
   * @throws BackendException if what is named cannot open, or nothing can, or Java's memory is used
   *     up
   * @throws IllegalArgumentException if no backend has the name
   */
  public static OptimizerBackend open() {
    return open(new Setting(PROPERTY).value().orElse(Selection.AUTO));
  }

  /**
   * Opens the named backend.
   *
   * @param name {@code auto}, a backend, or a backend, a colon and a device
   * @return an open backend, the caller's to close
   * @throws BackendException if it cannot open, for want of Java's memory too; the message says why
   * @throws IllegalArgumentException if no backend has the name
   */
  public static OptimizerBackend open(String name) {
    Objects.requireNonNull(name, "name");
    Leaks.requireSense(); // or a device would be passed over for it
    Watchdog.requireSense();
    return new Selection(Providers.find()).open(name);
  }

  /**
   * Refuses a name that {@link #open(String)} would not know, for those who open a backend later.
   *
   * @param name what {@link #open(String)} takes
   * @throws IllegalArgumentException if no backend has the name
   */
  public static void requireKnown(String name) {
    Objects.requireNonNull(name, "name");
    new Selection(Providers.find()).requireKnown(name);
  }

  /**
   * Looks at every known backend and device, and opens each for a moment to see whether it works.
   * Whatever fails, an {@link Error} too, becomes the reason of its entry. Beside that it collects
   * what a bug report wants: versions, paths, limits and settings; {@link BackendReport#text()} has
   * all.
   *
   * @return what there is, and why not more
   */
  public static BackendReport report() {
    return new Selection(Providers.find()).report();
  }
}
