package dev.rootmean.cli;

import dev.rootmean.cli.bench.BenchCommand;
import dev.rootmean.cli.conformance.ConformanceCommand;
import dev.rootmean.cli.train.TrainCommand;
import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.Optional;
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
    System.exit(
        run(PlainOutput.to(FileDescriptor.out), PlainOutput.to(FileDescriptor.err), arguments));
  }

  /** Runs the command line and gives its exit status: not 0 if its output could not be written. */
  static int run(PlainOutput out, PlainOutput err, String... arguments) {
    CommandLine command = commandLine().setOut(out.printer()).setErr(err.printer());
    int status = command.execute(arguments);
    Optional<String> failure =
        out.failure().map(IOException::getMessage).filter(why -> !why.equals(readerGone()));
    failure.ifPresent(
        why -> Failures.printLine(command, "standard output cannot be written: " + why));
    return failure.isPresent() && status == ExitCode.OK ? ExitCode.SOFTWARE : status;
  }

  /**
   * What this system says, in the user's language, of a reader such as head that has seen enough:
   * nothing is lost then.
   */
  private static String readerGone() {
    try {
      Pipe pipe = Pipe.open();
      pipe.source().close();
      try (Pipe.SinkChannel sink = pipe.sink()) {
        sink.write(ByteBuffer.allocate(1));
      }
      return "";
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  static CommandLine commandLine() {
    return OptionValues.register(new CommandLine(new Rootmean()))
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
        .setExecutionStrategy(Failures::run)
        .setParameterExceptionHandler(Failures::onBadArguments)
        .setExecutionExceptionHandler(Failures::onFailure);
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
