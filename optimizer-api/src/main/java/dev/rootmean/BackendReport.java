package dev.rootmean;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What there is to run on, and why not more: one entry for each device of each known backend, and
 * one for each backend that has none.
 *
 * @param entries best first, in the order of automatic selection
 * @param details what a bug report wants beside them: by the title of a section, its values by
 *     their names, both in their order. Of system properties and environment variables only those
 *     are in it that change what this library or a driver does
 * @since 0.1.0
 */
public record BackendReport(List<Entry> entries, Map<String, Map<String, String>> details) {
  private static final int COLUMNS = 80;

  /**
   * Copies what it is given.
   *
   * @param entries best first
   * @param details sections, in their order
   */
  public BackendReport {
    entries = List.copyOf(entries);
    Map<String, Map<String, String>> copy = new LinkedHashMap<>();
    details.forEach(
        (title, section) ->
            copy.put(title, Collections.unmodifiableMap(new LinkedHashMap<>(section))));
    details = Collections.unmodifiableMap(copy);
  }

  /**
   * One device, or a backend without any.
   *
   * @param selector what {@link Backends#open(String)} takes for it, such as {@code opencl:0}
   * @param device the device in words, empty if there is none
   * @param available whether it opens
   * @param exact whether it gives the bits that {@link RmsProp} defines
   * @param automatic whether {@link Backends#open()} takes this one
   * @param totalMemoryBytes all the memory that there is for buffers, taken or not, in bytes, 0 if
   *     it is not available
   * @param reason if it is not available, or not taken automatically: why, in one line; else empty
   * @param remedy if it is not available: what would mend it, in one line; else empty
   */
  public record Entry(
      String selector,
      String device,
      boolean available,
      boolean exact,
      boolean automatic,
      long totalMemoryBytes,
      String reason,
      String remedy) {}

  /**
   * The devices as a table for a terminal.
   *
   * @return a line for each entry, under a line of headings; below it, indented, why it is not
   *     available or not taken, and what would mend that
   */
  @Override
  public String toString() {
    int width = "backend".length();
    for (Entry e : entries) {
      width = Math.max(width, e.selector.length());
    }
    String format = "%-1s %-" + width + "s  %-9s  %10s  %-5s  %s";
    List<String> lines = new ArrayList<>();
    lines.add(line(format, "", "backend", "available", "memory", "exact", "device"));
    for (Entry e : entries) {
      lines.add(
          line(
              format,
              e.automatic ? "*" : "",
              e.selector,
              e.available ? "yes" : "no",
              e.available
                  ? String.format(Locale.ROOT, "%.1f GiB", e.totalMemoryBytes / 0x1p30)
                  : "-",
              e.available ? (e.exact ? "yes" : "no") : "-",
              e.device.isEmpty() ? "-" : e.device));
      if (!e.reason.isEmpty()) {
        lines.add("    " + (e.remedy.isEmpty() ? e.reason : e.reason + "; " + e.remedy));
      }
    }
    lines.add("* is what automatic selection takes");
    return String.join(System.lineSeparator(), lines);
  }

  /**
   * The devices and all details, for a bug report.
   *
   * @return lines of which only those are longer than 80 characters that cannot be broken, such as
   *     long paths, or are a device's
   */
  public String text() {
    List<String> lines = new ArrayList<>(List.of(toString()));
    details.forEach(
        (title, section) -> {
          lines.add("");
          lines.add(title);
          int width = section.keySet().stream().mapToInt(String::length).max().orElse(0);
          section.forEach((name, value) -> addWrapped(lines, name, width, value));
        });
    return String.join(System.lineSeparator(), lines);
  }

  /** The words of a value, as many in a line as go there. */
  private static void addWrapped(List<String> lines, String name, int width, String value) {
    String format = "  %-" + width + "s  %s";
    String label = name;
    StringBuilder words = new StringBuilder();
    for (String word : value.split(" ", -1)) {
      if (!words.isEmpty() && width + 5 + words.length() + word.length() > COLUMNS) {
        lines.add(line(format, label, words));
        label = "";
        words.setLength(0);
      }
      words.append(words.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line(format, label, words));
  }

  private static String line(String format, Object... cells) {
    return String.format(Locale.ROOT, format, cells).stripTrailing();
  }
}
