package dev.rootmean.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rootmean.BackendReport;
import dev.rootmean.Backends;
import java.io.PrintWriter;
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
    footer = {"", "Examples:", "  rootmean devices", "  rootmean devices --json"},
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:something is available", "1:nothing is", "2:bad input"})
final class DevicesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--json",
      description = "Print one JSON object: {\"devices\": [...]}, best first.")
  private boolean json;

  @Override
  public Integer call() throws JsonProcessingException {
    BackendReport report = Backends.report();
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        json
            ? new ObjectMapper().writeValueAsString(Map.of("devices", report.entries()))
            : report.toString());
    boolean any = report.entries().stream().anyMatch(BackendReport.Entry::available);
    return any ? ExitCode.OK : ExitCode.SOFTWARE;
  }
}
