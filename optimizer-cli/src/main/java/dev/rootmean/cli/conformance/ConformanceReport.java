package dev.rootmean.cli.conformance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rootmean.BackendInfo;
import dev.rootmean.cli.PlainOutput;
import dev.rootmean.cli.conformance.ConformanceRun.Outcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What came out of all cases.
 *
 * @param backend what they ran on
 * @param outcomes one for each case
 */
record ConformanceReport(BackendInfo backend, List<Outcome> outcomes) {
  long passed() {
    return outcomes.stream().filter(Outcome::passed).count();
  }

  long failed() {
    return outcomes.stream().filter(Outcome::failed).count();
  }

  long notSupported() {
    return outcomes.stream().filter(outcome -> !outcome.supported()).count();
  }

  /** Only what ran has a place in it. */
  String toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("backend", backend.name());
    json.put("passed", passed());
    json.put("failed", failed());
    ArrayNode cases = json.putArray("cases");
    for (Outcome outcome : outcomes) {
      if (outcome.supported()) {
        ObjectNode one = cases.addObject();
        one.put("id", outcome.test().id());
        one.put("passed", outcome.passed());
        one.put("worstRatio", outcome.worstRatio());
      }
    }
    return json.toString();
  }

  /** A table with a line for each project, and one for each failure. */
  @Override
  public String toString() {
    Map<String, List<Outcome>> projects =
        outcomes.stream()
            .collect(
                Collectors.groupingBy(
                    outcome -> outcome.test().project(), LinkedHashMap::new, Collectors.toList()));
    int width = projects.keySet().stream().mapToInt(String::length).max().orElse(0);
    List<String> lines = new ArrayList<>();
    lines.add("backend  " + backend.name() + (backend.exact() ? "" : " (its bits are not exact)"));
    lines.add("device   " + backend.device());
    lines.add("");
    String format = "%-" + Math.max(width, 7) + "s  %6s  %6s  %13s  %11s";
    lines.add(
        String.format(
            Locale.ROOT, format, "project", "passed", "failed", "not supported", "worst error"));
    projects.forEach(
        (project, some) -> lines.add(line(format, PlainOutput.oneLine(project), some)));
    lines.add(line(format, "all", outcomes));
    lines.add("");
    lines.add("The worst error is a multiple of the case's tolerance: up to 1 passes.");
    for (Outcome outcome : outcomes) {
      if (outcome.failed()) {
        String id = PlainOutput.oneLine(outcome.test().id());
        lines.add("FAILED " + id + ": " + outcome.worst());
      }
    }
    return String.join(System.lineSeparator(), lines);
  }

  private String line(String format, String name, List<Outcome> some) {
    ConformanceReport part = new ConformanceReport(backend, some);
    double worst = some.stream().mapToDouble(Outcome::worstRatio).max().orElse(0);
    return String.format(
        Locale.ROOT,
        format,
        name,
        part.passed(),
        part.failed(),
        part.notSupported(),
        part.notSupported() == some.size() ? "-" : String.format(Locale.ROOT, "%.3g", worst));
  }
}
