package dev.rootmean.cpu;

import dev.rootmean.BackendException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import dev.rootmean.spi.Details;
import java.util.List;

/**
 * Offers the processor that the JVM runs on; it is always there.
 *
 * @since 0.1.0
 */
public final class CpuProvider implements BackendProvider {
  /**
   * The system property that sets the number of threads, the caller's included; without it, as many
   * as the JVM may use; 1,024 at most.
   */
  public static final String THREADS = "rootmean.cpu.threads";

  private static final int MOST_THREADS = 1_024;

  /** Called by {@link java.util.ServiceLoader}. */
  public CpuProvider() {}

  @Override
  public String name() {
    return CpuDevice.NAME;
  }

  @Override
  public int priority() {
    return 100;
  }

  @Override
  public Availability probe() {
    int threads = Runtime.getRuntime().availableProcessors();
    return Availability.of(
        List.of(
            new Availability.Device("", CpuDevice.describe(threads), CpuDevice.memory(), true)));
  }

  @Override
  public OptimizerBackend open(String device) {
    if (!device.isEmpty()) {
      throw new BackendException(
          CpuDevice.NAME, "open", "device \"" + device + "\": there is one; name it cpu", null);
    }
    int threads = threads();
    try {
      return new CpuDevice(threads).backend();
    } catch (OutOfMemoryError e) {
      throw FullHeap.exception("open", "the backend", e);
    }
  }

  @Override
  public void describe(Details details) {
    details.add("device", () -> CpuDevice.describe(threads()));
    details.add("limits", () -> "Java's heap, at most " + Details.bytes(CpuDevice.memory()));
  }

  private static int threads() {
    String given = System.getProperty(THREADS);
    if (given == null) {
      return Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
    }
    try {
      int threads = Integer.parseInt(given);
      if (threads >= 1 && threads <= MOST_THREADS) {
        return threads;
      }
    } catch (NumberFormatException e) {
      // said below, as for a number out of range
    }
    throw new BackendException(
        CpuDevice.NAME,
        "open",
        "-D" + THREADS + "=" + given + ": expected a whole number from 1 to " + MOST_THREADS,
        null);
  }
}
