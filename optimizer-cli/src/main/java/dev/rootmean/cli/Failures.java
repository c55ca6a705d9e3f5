package dev.rootmean.cli;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceOutOfMemoryException;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What a failure comes to: one line on stderr, and an exit status. A bug alone shows its stack
 * trace as well, at once and not by a switch: it may not come back when it is looked for.
 */
final class Failures {
  /** What a user asks for memory with. */
  private static final List<String> SIZES =
      List.of("--cases", "--data", "--hidden", "--batch", "--elements", "--model", "--threads");

  private Failures() {}

  /** Runs the command; an {@link Error}, which picocli lets pass, is a failure like others. */
  static int run(ParseResult parsed) {
    try {
      return new RunLast().execute(parsed);
    } catch (Error e) {
      ParseResult last = parsed.hasSubcommand() ? parsed.subcommand() : parsed;
      throw new ExecutionException(last.commandSpec().commandLine(), e.toString(), e);
    }
  }

  static int onBadArguments(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    printLine(command, complaint(e) + " (see " + name + " --help)");
    return ExitCode.USAGE;
  }

  private static String complaint(ParameterException e) {
    CommandLine command = e.getCommandLine();
    if (e instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
      String commands = String.join(", ", command.getSubcommands().keySet());
      if (!commands.isEmpty()) {
        return "'" + unmatched.getUnmatched().get(0) + "' is no command: expected " + commands;
      }
    }
    return e.getMessage();
  }

  static int onFailure(Exception e, CommandLine command, ParseResult parsed) {
    if (e instanceof ExecutionException && e.getCause() instanceof OutOfMemoryError error) {
      return onOutOfMemory(error, command);
    }
    // More than the device holds was asked for by --hidden: that is the input's fault too.
    if (e instanceof BadInputException || e instanceof DeviceOutOfMemoryException) {
      printLine(command, e.getMessage());
      return ExitCode.USAGE;
    }
    if (e instanceof BackendException || e instanceof IOException) {
      printLine(command, e.getMessage());
    } else {
      printLine(command, "this is a bug in rootmean: please report it with what follows");
      e.printStackTrace(command.getErr());
    }
    return ExitCode.SOFTWARE;
  }

  private static int onOutOfMemory(OutOfMemoryError e, CommandLine command) {
    String asked =
        SIZES.stream()
            .filter(command.getParseResult()::hasMatchedOption)
            .collect(Collectors.joining(", "));
    String line =
        String.format(
            Locale.ROOT,
            "out of memory (%s), and this JVM has %,d MiB: raise it, such as by"
                + " JAVA_TOOL_OPTIONS=-Xmx8g",
            e.getMessage(),
            Runtime.getRuntime().maxMemory() >> 20);
    printLine(command, asked.isEmpty() ? line : asked + ": " + line + ", or ask for less");
    return asked.isEmpty() ? ExitCode.SOFTWARE : ExitCode.USAGE;
  }

  static void printLine(CommandLine command, String message) {
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + message.strip().replaceAll("\\R", "; "));
  }
}
