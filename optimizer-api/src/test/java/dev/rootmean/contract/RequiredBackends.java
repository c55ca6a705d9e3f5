package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.fail;

import dev.rootmean.OptimizerBackend;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
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
   * Opens a backend of the class path for a test, or skips or fails the test.
   *
   * @param backend the backend's name
   * @param device as in {@link BackendProvider#open}
   * @return the open backend
   */
  public static OptimizerBackend open(String backend, String device) {
    for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
      if (provider.name().equals(backend)) {
        return open(provider, device);
      }
    }
    throw new AssertionError("backend-" + backend + " is not on the class path");
  }

  /**
   * Opens a backend for a test, or skips or fails the test.
   *
   * @param provider of the backend
   * @param device as in {@link BackendProvider#open}
   * @return the open backend
   */
  public static OptimizerBackend open(BackendProvider provider, String device) {
    Availability found = provider.probe();
    List<Availability.Device> devices = found.devices();
    String backend = "the " + provider.name() + " backend ";
    if (devices.isEmpty()) {
      skipOrFail(
          provider.name(), backend + "is not available: " + found.reason() + "; " + found.remedy());
    }
    if (devices.stream().noneMatch(there -> isMeant(there, device))) {
      String names =
          devices.stream().map(Availability.Device::name).collect(Collectors.joining(", "));
      skipOrFail(provider.name(), backend + "has no device \"" + device + "\": there is " + names);
    }
    return provider.open(device); // what is there and does not open is an error
  }

  private static boolean isMeant(Availability.Device there, String given) {
    String name = there.name().toLowerCase(Locale.ROOT);
    return there.selector().equals(given) || name.contains(given.toLowerCase(Locale.ROOT));
  }

  /**
   * Skips a test for all to see, or fails it where the backend is required.
   *
   * @param backend whose test it is
   * @param message what is missing
   */
  public static void skipOrFail(String backend, String message) {
    if (List.of(System.getProperty(PROPERTY, "").split(" *, *")).contains(backend)) {
      fail(message + " (-D" + PROPERTY + " demands it)");
    }
    System.out.println("SKIPPED: " + message);
    Assumptions.abort(message);
  }
}
