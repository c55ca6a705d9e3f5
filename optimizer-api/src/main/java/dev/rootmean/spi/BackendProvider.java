package dev.rootmean.spi;

import dev.rootmean.BackendException;
import dev.rootmean.OptimizerBackend;

/**
 * Finds the devices of one backend and opens them. Registered for {@link java.util.ServiceLoader};
 * loading the class must touch no native library.
 *
 * @since 0.1.0
 */
public interface BackendProvider {
  /**
   * What users call this backend, such as {@code cuda}.
   *
   * @return a lower-case word
   */
  String name();

  /**
   * The rank in automatic selection: the higher is tried first. CUDA has 300, OpenCL 200, CPU 100.
   *
   * @return the rank
   */
  int priority();

  /**
   * Looks which devices there are. Never throws: what stands in the way becomes the reason.
   *
   * @return the devices, or why there is none
   */
  Availability probe();

  /**
   * Looks which devices there are for automatic selection: as {@link #probe()}, but what is taken
   * only by name need not be among them. Asking a driver for devices can be costly, or worse.
   *
   * @return the devices, or why there is none
   */
  default Availability probeAutomatic() {
    return probe();
  }

  /**
   * Opens a device.
   *
   * @param device what the user wrote behind the backend's name and a colon, such as {@code 1} or a
   *     part of the device's name; empty for the best one
   * @return the open backend
   * @throws BackendException if there is no such device or it cannot be opened; the message says
   *     why in one line
   */
  OptimizerBackend open(String device);

  /**
   * Says what a bug report should have of this backend: versions, drivers, paths, limits. Called
   * after its devices were opened, or were not.
   *
   * @param details takes a line for each; by itself there is none
   */
  default void describe(Details details) {}
}
