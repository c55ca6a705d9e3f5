package dev.rootmean.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rootmean.BackendReport;
import dev.rootmean.Backends;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code rootmean devices}. */
@Command(
    name = "devices",
    mixinStandardHelpOptions = true,
    header = "Show what there is to run on, and why not more.",
    description = {
      "",
      "Looks for every backend and opens each of its devices for a moment: what is",
      "shown as available works. A device that gives other bits than the rule defines",
      "is not exact; it is taken only by name. The word in the column \"backend\" is",
      "what rootmean train --backend takes.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  rootmean devices",
      "  rootmean devices --verbose      for a bug report: versions, paths, limits, settings",
      "  rootmean devices --json"
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:something is available", "1:nothing is", "2:bad input"})
final class DevicesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--verbose",
      description = "Print what a bug report wants as well; read it before you send it.")
  private boolean verbose;

  @Option(
      names = "--json",
      description = {
        "Print one JSON object: {\"devices\": [...]}, best first; with --verbose",
        "\"details\" as well, by sections: {\"system\": {\"java\": ...}, ...}."
      })
  private boolean json;

  @Override
  public Integer call() throws JsonProcessingException {
    BackendReport report = Backends.report();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("devices", report.entries());
      if (verbose) {
        object.put("details", report.details());
      }
      out.println(new ObjectMapper().writeValueAsString(object));
    } else {
      out.println(verbose ? report.text() : report.toString());
    }
    boolean any = report.entries().stream().anyMatch(BackendReport.Entry::available);
    return any ? ExitCode.OK : ExitCode.SOFTWARE;
  }
}
