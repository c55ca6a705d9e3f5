package dev.rootmean.cli.conformance;

import dev.rootmean.OptimizerBackend;
import dev.rootmean.cli.BackendOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code rootmean conformance}. */
@Command(
    name = "conformance",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = "rootmean conformance [OPTION...]%n",
    header = "Compare a backend with the numbers of other frameworks.",
    description = {
      "Runs what PyTorch, TensorFlow, Keras, Optax, MXNet, ND4J and others say RMSProp",
      "computes, from their own tests or from running them, and cases worked out by",
      "Rootmean where no one publishes any. Each has its own tolerance. The format is",
      "described in docs/conformance.md.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  rootmean conformance",
      "  rootmean conformance --backend opencl --cases mine.json yours.json",
      "",
      "--json prints backend, passed, failed, and cases with id, passed and worstRatio",
      "(the largest error as a multiple of the tolerance; \"Infinity\" where just one of",
      "the two numbers is finite). Cases of a type that the backend does not compute in",
      "are counted in the table alone."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:no case failed",
      "1:a case failed, or something that is not the input's fault",
      "2:bad input: options, cases, or a backend that cannot open"
    })
public final class ConformanceCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private BackendOption backend;

  @Option(
      names = "--cases",
      paramLabel = "FILE",
      arity = "1..*",
      description =
          "Run the cases of these files, plain or .gz, not those that Rootmean brings along;"
              + " - is standard input.")
  private List<Path> files;

  @Option(names = "--json", description = "Print one JSON object, and nothing else, on stdout.")
  private boolean json;

  /** Makes a command that picocli is to fill. */
  public ConformanceCommand() {}

  @Override
  public Integer call() {
    List<ConformanceCase> cases =
        files == null ? ConformanceFile.shipped() : ConformanceFile.read(files);
    try (OptimizerBackend opened = backend.open()) {
      ConformanceReport report =
          new ConformanceReport(
              opened.info(), cases.stream().map(test -> ConformanceRun.of(test, opened)).toList());
      spec.commandLine().getOut().println(json ? report.toJson() : report);
      if (json && report.notSupported() > 0) {
        String note =
            String.format(
                Locale.ROOT,
                "%d of %d cases not run: %s does not compute in their type",
                report.notSupported(),
                cases.size(),
                opened.info().name());
        spec.commandLine().getErr().println(note);
      }
      return report.failed() == 0 ? ExitCode.OK : ExitCode.SOFTWARE;
    }
  }
}
