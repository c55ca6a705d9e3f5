package dev.rootmean.cli;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceOutOfMemoryException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
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
    System.setProperty("java.awt.headless", "true");
    // From JDK 22 on there is a System.console() even without a terminal, unless this is set.
    System.setProperty("jdk.console", "java.base");
    LogLines.toStandardError();
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Rootmean())
        .setParameterExceptionHandler(Rootmean::onBadArguments)
        .setExecutionExceptionHandler(Rootmean::onFailure);
  }

  private static int onBadArguments(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    printLine(command, e.getMessage() + " (see " + name + " --help)");
    return ExitCode.USAGE;
  }

  private static int onFailure(
      Exception e, CommandLine command, CommandLine.ParseResult parseResult) {
    // More than the device holds was asked for by --hidden: that is the input's fault too.
    if (e instanceof BadInputException || e instanceof DeviceOutOfMemoryException) {
      printLine(command, e.getMessage());
      return ExitCode.USAGE;
    }
    if (e instanceof BackendException) {
      printLine(command, e.getMessage());
    } else {
      e.printStackTrace(command.getErr());
    }
    return ExitCode.SOFTWARE;
  }

  private static void printLine(CommandLine command, String message) {
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + message.strip().replaceAll("\\R", "; "));
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
