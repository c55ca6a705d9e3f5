package dev.rootmean.cli.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rootmean.BackendInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a run measured.
 *
 * @param results backend by backend
 * @param notes what was left out and why, a line for each backend
 */
record BenchReport(List<BenchResult> results, List<String> notes) {
  private static final String TIMES_FLAT = "%s through an optimizer: %.2f times a plain flat step";

  private static final String COLUMNS =
      "backend,device,precision,variant,elements,tensors,nanosPerStep,nanosPerElement,"
          + "bytesPerElement,elementsPerSecond,gigabytesPerSecond,copyShare,copyGigabytesPerSecond,toDeviceGigabytesPerSecond,"
          + "toHostGigabytesPerSecond,timesFlat";

  String toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode array = json.putArray("results");
    for (BenchResult result : results) {
      ObjectNode one = array.addObject();
      one.put("backend", result.backend().name());
      one.put("device", result.backend().device());
      one.put("precision", result.precision());
      one.put("variant", result.variant());
      one.put("elements", result.elements());
      one.put("tensors", result.tensors());
      one.put("nanosPerElement", result.nanosPerElement());
      one.put("bytesPerElement", result.bytesPerElement());
      one.put("gigabytesPerSecond", result.gigabytesPerSecond());
      one.put("copyShare", result.copyShare());
    }
    return json.toString();
  }

  /** For a spreadsheet or a plot: a line of headings, then one for each result. */
  String toCsv() {
    StringBuilder csv = new StringBuilder(COLUMNS).append('\n');
    for (BenchResult r : results) {
      csv.append(r.backend().name()).append(',').append(quoted(r.backend().device())).append(',');
      csv.append(r.precision())
          .append(',')
          .append(r.variant())
          .append(',')
          .append(r.elements())
          .append(',');
      csv.append(r.tensors()).append(',').append(r.nanosPerStep()).append(',');
      csv.append(r.nanosPerElement()).append(',').append(r.bytesPerElement()).append(',');
      csv.append(r.elementsPerSecond()).append(',');
      csv.append(r.gigabytesPerSecond()).append(',').append(r.copyShare()).append(',');
      csv.append(r.copyGigabytesPerSecond()).append(',');
      csv.append(r.toDeviceGigabytesPerSecond()).append(',');
      csv.append(r.toHostGigabytesPerSecond()).append(',');
      r.timesFlat().ifPresent(csv::append);
      csv.append('\n');
    }
    return csv.toString();
  }

  private static String quoted(String text) {
    return '"' + text.replace("\"", "\"\"") + '"';
  }

  /** For a reader at a terminal: a table for each backend. */
  @Override
  public String toString() {
    Map<BackendInfo, List<BenchResult>> backends =
        results.stream()
            .collect(
                Collectors.groupingBy(
                    BenchResult::backend, LinkedHashMap::new, Collectors.toList()));
    List<String> lines = new ArrayList<>();
    backends.forEach((info, some) -> addTable(lines, info, some));
    lines.add("Medians. GB/s: 10^9 of the least bytes that a step has to move, a second; of");
    lines.add("copy: as a share of what the device reads and writes when it copies.");
    return String.join(System.lineSeparator(), lines);
  }

  private static void addTable(List<String> lines, BackendInfo info, List<BenchResult> results) {
    lines.add("backend  " + info.name() + (info.exact() ? "" : " (its bits are not exact)"));
    lines.add("device   " + info.device());
    lines.add("kept in  " + results.get(0).precision());
    lines.add("");
    int width = results.stream().mapToInt(r -> r.variant().length()).max().orElse(0);
    boolean isModel = results.stream().anyMatch(r -> r.tensors() > 1);
    String first = "%-" + width + "s  %11s";
    String rest = "  %10s  %6s  %7s";
    String tensors = "  %7s";
    lines.add(
        row(first, "step", "elements")
            + (isModel ? row(tensors, "tensors") : "")
            + row(rest, "ns/element", "GB/s", "of copy"));
    for (BenchResult r : results) {
      lines.add(
          row(first, r.variant(), row("%,d", r.elements()))
              + (isModel ? row(tensors, r.tensors()) : "")
              + row(
                  rest,
                  row("%.3f", r.nanosPerElement()),
                  row("%.1f", r.gigabytesPerSecond()),
                  row("%.0f %%", 100 * r.copyShare())));
    }
    lines.add("");
    BenchResult last = results.get(results.size() - 1);
    lines.add(
        row(
            "%,d elements: copy %.1f GB/s, to the device %.1f, to the host %.1f",
            last.elements(),
            last.copyGigabytesPerSecond(),
            last.toDeviceGigabytesPerSecond(),
            last.toHostGigabytesPerSecond()));
    for (BenchResult r : results) {
      r.timesFlat().ifPresent(times -> lines.add(row(TIMES_FLAT, r.variant(), times)));
    }
    lines.add("");
  }

  private static String row(String format, Object... cells) {
    return String.format(Locale.ROOT, format, cells);
  }
}
