package dev.rootmean;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What there is to run on, and why not more: one entry for each device of each known backend, and
 * one for each backend that has none.
 *
 * @param entries best first, in the order of automatic selection
 * @since 0.1.0
 */
public record BackendReport(List<Entry> entries) {
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
   * The report as a table for a terminal.
   *
   * @return a line for each entry, under a line of headings
   */
  @Override
  public String toString() {
    int selectorWidth = "backend".length();
    int deviceWidth = "device".length();
    for (Entry e : entries) {
      selectorWidth = Math.max(selectorWidth, e.selector.length());
      deviceWidth = Math.max(deviceWidth, e.device.length());
    }
    String format = "%-1s %-" + selectorWidth + "s  %-9s  %-" + deviceWidth + "s  %9s  %-5s  %s";
    List<String> lines = new ArrayList<>();
    lines.add(line(format, "", "backend", "available", "device", "memory", "exact", "notes"));
    for (Entry e : entries) {
      lines.add(
          line(
              format,
              e.automatic ? "*" : "",
              e.selector,
              e.available ? "yes" : "no",
              e.device.isEmpty() ? "-" : e.device,
              e.available
                  ? String.format(Locale.ROOT, "%.1f GiB", e.totalMemoryBytes / 0x1p30)
                  : "-",
              e.available ? (e.exact ? "yes" : "no") : "-",
              e.remedy.isEmpty() ? e.reason : e.reason + "; " + e.remedy));
    }
    lines.add("* is what automatic selection takes");
    return String.join(System.lineSeparator(), lines);
  }

  private static String line(String format, Object... cells) {
    return String.format(Locale.ROOT, format, cells).stripTrailing();
  }
}
