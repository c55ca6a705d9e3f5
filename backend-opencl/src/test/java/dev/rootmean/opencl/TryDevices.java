package dev.rootmean.opencl;

import dev.rootmean.BackendException;
import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.spi.Availability;

/** A child JVM's main class: says what the probe finds, and what opening each argument gives. */
final class TryDevices {
  private TryDevices() {}

  public static void main(String[] devices) {
    Availability found = new OpenClProvider().probe();
    for (Availability.Device device : found.devices()) {
      say("device", device.selector() + " " + device.name());
    }
    if (found.devices().isEmpty()) {
      say("reason", found.reason());
      say("remedy", found.remedy());
    }
    say("java.io.tmpdir", System.getProperty("java.io.tmpdir"));
    for (String device : devices) {
      try (OptimizerBackend backend = Backends.open("opencl:" + device)) {
        CheckedSteps.everyVariant(backend, 1000);
        say("opened", backend.info().device());
      } catch (BackendException e) {
        say("refused", e.getMessage());
      }
    }
  }

  /** Keeps a line a line, so that it is seen where it should have been one. */
  private static void say(String word, String text) {
    System.out.println(word + ": " + text.replace("\n", "\\n"));
  }
}
