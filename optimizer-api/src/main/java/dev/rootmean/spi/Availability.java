package dev.rootmean.spi;

import dev.rootmean.BackendException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a backend found when it looked for devices.
 *
 * @param devices the devices, best first; empty if there is none
 * @param reason if there is none: why, in one line
 * @param remedy if there is none: what would mend it, in one line
 * @param cause if there is none: the failure behind the reason, where there was one
 */
public record Availability(
    List<Device> devices, String reason, String remedy, Optional<Throwable> cause) {

  /**
   * A device that a backend can try to open.
   *
   * @param selector what {@link BackendProvider#open} takes for it, such as {@code 1}
   * @param name the device in words
   * @param memoryBytes the memory that buffers can be taken from, in bytes
   * @param automatic whether automatic selection may take it
   */
  public record Device(String selector, String name, long memoryBytes, boolean automatic) {}

  /**
   * There are devices.
   *
   * @param devices at least one, best first
   * @return the finding
   */
  public static Availability of(List<Device> devices) {
    return new Availability(List.copyOf(devices), "", "", Optional.empty());
  }

  /**
   * There is none.
   *
   * @param reason why, in one line
   * @param remedy what would mend it, in one line
   * @param cause the failure behind it, or null
   * @return the finding
   */
  public static Availability none(String reason, String remedy, Throwable cause) {
    return new Availability(List.of(), reason, remedy, Optional.ofNullable(cause));
  }

  /**
   * Why there is none, and what would mend it.
   *
   * @return both in one line; empty if there are devices
   */
  public String explanation() {
    return remedy.isEmpty() ? reason : reason + "; " + remedy;
  }

  /**
   * Finds the device that a user means.
   *
   * @param backend the backend's name
   * @param given the number of a device, or a part of its name in any case; empty for the best
   * @return its place among the devices, from 0
   * @throws BackendException if there is no such device; the message says why, or which there are
   */
  public int choose(String backend, String given) {
    if (devices.isEmpty()) {
      throw new BackendException(backend, "open", explanation(), cause.orElse(null));
    }
    boolean number = given.matches("-?\\d+"); // -1 is part of many a name, and never meant so
    String wanted = given.toLowerCase(Locale.ROOT);
    List<String> known = new ArrayList<>();
    for (Device device : devices) {
      String name = device.name().toLowerCase(Locale.ROOT);
      if (number ? device.selector().equals(given) : name.contains(wanted)) {
        return known.size();
      }
      known.add(backend + ":" + device.selector() + ", " + device.name());
    }
    String choice = "no device \"" + given + "\": there is " + String.join("; ", known);
    throw new BackendException(backend, "open", choice, null);
  }
}
