package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.fail;

import dev.rootmean.OptimizerBackend;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * What becomes of tests whose backend is not there: they are skipped for all to see, or they fail
 * where the system property {@value #PROPERTY} names the backend.
 */
public final class RequiredBackends {
  /** Holds the names of backends, with commas between them. */
  public static final String PROPERTY = "rootmean.test.require";

  private RequiredBackends() {}

  /**
   * Opens a backend for a test, or skips or fails the test.
   *
   * @param provider of the backend
   * @param device as in {@link BackendProvider#open}
   * @return the open backend
   */
  public static OptimizerBackend open(BackendProvider provider, String device) {
    Availability found = provider.probe();
    if (found.devices().isEmpty()) {
      skipOrFail(provider.name(), found.reason() + "; " + found.remedy());
    }
    return provider.open(device);
  }

  private static void skipOrFail(String backend, String reason) {
    String message = "the " + backend + " backend is not available: " + reason;
    if (List.of(System.getProperty(PROPERTY, "").split(" *, *")).contains(backend)) {
      fail(message + " (-D" + PROPERTY + " demands it)");
    }
    System.out.println("SKIPPED: " + message);
    Assumptions.abort(message);
  }
}
