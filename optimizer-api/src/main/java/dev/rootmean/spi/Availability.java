package dev.rootmean.spi;

import dev.rootmean.BackendException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a backend found when it looked for devices.
 *
 * @param devices the devices, best first; empty if there is none
 * @param reason if there is none: why, in one line
 * @param remedy if there is none: what would mend it, in one line
 * @param cause if there is none: the failure behind the reason, where there was one
 * @since 0.1.0
 */
public record Availability(
    List<Device> devices, String reason, String remedy, Optional<Throwable> cause) {

  /**
   * Takes the devices as they are now.
   *
   * @param devices the devices, best first; empty if there is none
   * @param reason if there is none: why, in one line
   * @param remedy if there is none: what would mend it, in one line
   * @param cause if there is none: the failure behind the reason, where there was one
   */
  public Availability {
    devices = List.copyOf(devices);
  }

  /**
   * A device that a backend can try to open.
   *
   * @param selector what {@link BackendProvider#open} takes for it, such as {@code 1}
   * @param name the device in words
   * @param totalMemoryBytes all the memory that there is for buffers, taken or not, in bytes
   * @param automatic whether automatic selection may take it
   */
  public record Device(String selector, String name, long totalMemoryBytes, boolean automatic) {}

  /**
   * There are devices.
   *
   * @param devices at least one, best first
   * @return the finding
   */
  public static Availability of(List<Device> devices) {
    return new Availability(devices, "", "", Optional.empty());
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
   * @param given the number of a device, or a part of its name in any case; a number that no device
   *     has is taken for a word of a name, such as {@code 4090}, if it has three digits or more;
   *     empty for the best
   * @return its place among the devices, from 0
   * @throws BackendException if there is no such device; the message says why, or which there are
   */
  public int choose(String backend, String given) {
    if (devices.isEmpty()) {
      throw new BackendException(backend, "open", explanation(), cause.orElse(null));
    }
    // Part of many a name are -1, and a small number as of a version: neither is meant so.
    boolean number = given.matches("-?\\d+");
    String wanted = given.toLowerCase(Locale.ROOT);
    OptionalInt place =
        number
            ? first(device -> device.selector().equals(given))
            : first(device -> device.name().toLowerCase(Locale.ROOT).contains(wanted));
    if (place.isEmpty() && given.matches("\\d{3,}")) {
      Pattern word = Pattern.compile("\\b" + given + "\\b");
      place = first(device -> word.matcher(device.name()).find());
    }
    return place.orElseThrow(
        () -> new BackendException(backend, "open", notAmong(backend, given), null));
  }

  private OptionalInt first(Predicate<Device> meant) {
    return IntStream.range(0, devices.size()).filter(i -> meant.test(devices.get(i))).findFirst();
  }

  private String notAmong(String backend, String given) {
    return devices.stream()
        .map(device -> backend + ":" + device.selector() + ", " + device.name())
        .collect(Collectors.joining("; ", "no device \"" + given + "\": there is ", ""));
  }
}
