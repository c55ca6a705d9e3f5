package dev.rootmean.cli;

import dev.rootmean.cli.bench.BenchCommand;
import dev.rootmean.cli.conformance.ConformanceCommand;
import dev.rootmean.cli.train.TrainCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code rootmean}. */
@Command(
    name = "rootmean",
    mixinStandardHelpOptions = true,
    versionProvider = Rootmean.Version.class,
    header = "RMSProp for the JVM: the same bits on the CPU, CUDA and OpenCL.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TrainCommand.class,
      DevicesCommand.class,
      ConformanceCommand.class,
      BenchCommand.class
    },
    footer = {
      "",
      "Examples:",
      "  rootmean devices",
      "  rootmean train",
      "  rootmean train --help",
      "  rootmean conformance",
      "  rootmean bench --elements 1e6",
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:fine", "1:a failure that is not the input's", "2:bad input"})
public final class Rootmean implements Runnable {
  @Spec private CommandSpec spec;

  private Rootmean() {}

  /**
   * Runs the command line and ends the JVM with its exit status.
   *
   * @param arguments what the user wrote
   */
  public static void main(String[] arguments) {
    Program.main(new Rootmean(), arguments);
  }

  static CommandLine commandLine() {
    return Program.commandLine(new Rootmean());
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "expected a command: " + String.join(", ", spec.subcommands().keySet()));
  }

  /** The version that the build wrote into the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Rootmean.class.getPackage().getImplementationVersion();
      return new String[] {"rootmean " + (version == null ? "(not from a jar)" : version)};
    }
  }
}
