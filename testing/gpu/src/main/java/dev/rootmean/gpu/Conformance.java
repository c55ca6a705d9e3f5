package dev.rootmean.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rootmean.cli.Rootmean;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The command {@code rootmean conformance} on each backend. */
final class Conformance {
  private Conformance() {}

  static void run(Asked asked, Findings findings) throws IOException, InterruptedException {
    for (String backend : asked.backends()) {
      if (!Opening.works(asked, backend, findings)) {
        continue;
      }
      run(backend, List.of(), "all that Rootmean brings along", findings);
      if (asked.cases() != null) {
        List<String> cases = List.of("--cases", asked.cases().toString());
        run(backend, cases, asked.cases().toString(), findings);
      }
    }
  }

  private static void run(String backend, List<String> cases, String which, Findings findings)
      throws IOException, InterruptedException {
    List<String> arguments =
        new ArrayList<>(List.of("conformance", "--json", "--backend", backend));
    arguments.addAll(cases);
    Child.Ended ended = Child.java(Rootmean.class, arguments).run();
    String name = backend + ", " + which;
    if (ended.lines().stream().noneMatch(line -> line.startsWith("{"))) {
      findings.check(name, false, ended.last());
      return;
    }
    JsonNode report = new ObjectMapper().readTree(json(ended));
    for (JsonNode one : report.get("cases")) {
      if (!one.get("passed").asBoolean()) {
        findings.check(name + ", " + one.get("id").asText(), false, one.get("worstRatio"));
      }
    }
    String found = report.get("passed") + " cases passed, " + report.get("failed") + " failed";
    findings.check(name, ended.status() == 0, found);
  }

  /** The line that is an object: drivers may print others. */
  static String json(Child.Ended ended) {
    return ended.lines().stream().filter(line -> line.startsWith("{")).findFirst().orElse("{}");
  }
}
