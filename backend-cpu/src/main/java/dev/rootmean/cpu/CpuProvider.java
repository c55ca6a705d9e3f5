package dev.rootmean.cpu;

import dev.rootmean.BackendException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import dev.rootmean.spi.Details;
import dev.rootmean.spi.Setting;
import java.util.List;
import java.util.Optional;

/**
 * Offers the processor that the JVM runs on; it is always there.
 *
 * @since 0.1.0
 */
public final class CpuProvider implements BackendProvider {
  /**
   * The system property that sets the number of threads, the caller's included; the environment
   * variable {@code ROOTMEAN_CPU_THREADS} does the same. Without them, as many as the JVM may use;
   * 1,024 at most.
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
    return new Setting(THREADS)
        .value(CpuProvider::threads, "a whole number from 1 to " + MOST_THREADS)
        .orElseGet(() -> Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors()));
  }

  private static Optional<Integer> threads(String given) {
    try {
      return Optional.of(Integer.parseInt(given)).filter(n -> n >= 1 && n <= MOST_THREADS);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
