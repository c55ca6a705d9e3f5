package dev.rootmean.cli;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;

/** A command as a process: its streams, its log lines, its exit status. */
public final class Program {
  private Program() {}

  /**
   * Runs a command and ends the JVM with its exit status.
   *
   * @param command as picocli takes it
   * @param arguments what the user wrote
   */
  public static void main(Object command, String... arguments) {
    System.setProperty("java.awt.headless", "true");
    // From JDK 22 on there is a System.console() even without a terminal, unless this is set.
    System.setProperty("jdk.console", "java.base");
    LogLines.toStandardError();
    System.exit(
        run(
            commandLine(command),
            PlainOutput.to(FileDescriptor.out),
            PlainOutput.to(FileDescriptor.err),
            arguments));
  }

  /** Runs a command and gives its exit status: not 0 if its output could not be written. */
  static int run(CommandLine command, PlainOutput out, PlainOutput err, String... arguments) {
    int status = command.setOut(out.printer()).setErr(err.printer()).execute(arguments);
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

  /**
   * Prepares a command: what its options take, and what becomes of its failures.
   *
   * @param command as picocli takes it
   * @return the command, to be executed
   */
  public static CommandLine commandLine(Object command) {
    return OptionValues.register(new CommandLine(command))
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
        .setExecutionStrategy(Failures::run)
        .setParameterExceptionHandler(Failures::onBadArguments)
        .setExecutionExceptionHandler(Failures::onFailure);
  }
}
