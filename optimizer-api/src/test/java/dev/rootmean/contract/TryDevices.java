package dev.rootmean.contract;

import dev.rootmean.BackendException;
import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.machinery.Bystander;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import java.util.ServiceLoader;

/**
 * A child JVM's main class: says what the probe of a backend finds, and what opening devices gives.
 */
public final class TryDevices {
  private TryDevices() {}

  /**
   * Tries them in turn.
   *
   * @param arguments the backend's name, then the devices
   */
  public static void main(String[] arguments) {
    String name = arguments[0];
    Bystander bystander = new Bystander();
    bystander.start();
    Availability found = provider(name).probe();
    say("bystander", bystander.leave());
    for (Availability.Device device : found.devices()) {
      say("device", device.selector() + " " + device.name());
    }
    if (found.devices().isEmpty()) {
      say("reason", found.reason());
      say("remedy", found.remedy());
    }
    say("java.io.tmpdir", System.getProperty("java.io.tmpdir"));
    for (int i = 1; i < arguments.length; i++) {
      try (OptimizerBackend backend = Backends.open(name + ":" + arguments[i])) {
        CheckedSteps.everyVariant(backend, 1000);
        say("opened", backend.info().device());
      } catch (BackendException e) {
        say("refused", e.getMessage());
      }
    }
  }

  private static BackendProvider provider(String name) {
    return ServiceLoader.load(BackendProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Keeps a line a line, so that it is seen where it should have been one. */
  private static void say(String word, String text) {
    System.out.println(word + ": " + text.replace("\n", "\\n"));
  }
}
