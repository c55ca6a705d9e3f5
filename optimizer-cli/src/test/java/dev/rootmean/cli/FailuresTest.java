package dev.rootmean.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;

/** What a failure comes to: lines and exit status. */
class FailuresTest {
  @TempDir Path directory;

  /** A command that fails as it is told to. */
  @Command(name = "fail")
  private static final class Failing implements Callable<Integer> {
    private final Throwable failure;

    Failing(Throwable failure) {
      this.failure = failure;
    }

    @Override
    public Integer call() throws Exception {
      if (failure instanceof Error error) {
        throw error;
      }
      throw (Exception) failure;
    }
  }

  private static Run run(Throwable failure, String... options) {
    StringWriter err = new StringWriter();
    CommandLine failing = new CommandLine(new Failing(failure));
    failing.getCommandSpec().addOption(OptionSpec.builder("--elements").arity("1").build());
    CommandLine command =
        Rootmean.commandLine().addSubcommand(failing).setErr(new PrintWriter(err, true));
    String[] arguments = new String[options.length + 1];
    arguments[0] = "fail";
    System.arraycopy(options, 0, arguments, 1, options.length);
    return new Run(command.execute(arguments), "", err.toString());
  }

  private static void assertOneLine(Run run, int status, String begin) {
    assertTrue(run.err().startsWith(begin), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals(status, run.status());
  }

  @Test
  void whatCouldNotBeWrittenIsOneLine() {
    assertOneLine(run(new IOException("full")), 1, "rootmean fail: full");
  }

  @Test
  void noMemoryIsTheInputsFaultIfItSaysHowMuch() {
    OutOfMemoryError error = new OutOfMemoryError("Java heap space");
    assertOneLine(run(error), 1, "rootmean fail: out of memory (Java heap space), and this JVM");
    assertOneLine(
        run(error, "--elements", "1e9"), 2, "rootmean fail: --elements: out of memory (Java heap");
  }

  @Test
  void aBugShowsWhereItIs() {
    for (Throwable bug :
        new Throwable[] {new IllegalStateException("why"), new NoClassDefFoundError("why")}) {
      Run run = run(bug);
      assertEquals(1, run.status());
      assertTrue(run.err().startsWith("rootmean fail: this is a bug in rootmean"), run.err());
      assertTrue(run.err().contains(bug.toString()), run.err());
      assertTrue(run.err().contains("at dev.rootmean.cli.FailuresTest"), run.err());
    }
  }

  @Test
  void casesThatDoNotFitAreOneLine() throws Exception {
    Path file = directory.resolve("large.json");
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write("[0");
      for (int i = 0; i < 4_000_000; i++) {
        out.write(",0.1");
      }
      out.write("]");
    }
    assertDoesNotFit("--cases", "conformance", "--cases", file.toString());
  }

  @Test
  void aNetworkThatDoesNotFitIsOneLine() {
    assertDoesNotFit("--hidden", "train", "--backend", "cpu", "--hidden", "100000");
  }

  private static void assertDoesNotFit(String option, String... arguments) {
    ChildJvm.Outcome outcome = ChildJvm.of(Rootmean.class).option("-Xmx64m").run(arguments);
    assertTrue(
        outcome.text().startsWith("rootmean " + arguments[0] + ": " + option + ": out of memory ("),
        outcome.text());
    assertEquals(1, outcome.text().lines().count(), outcome.text());
    assertEquals(2, outcome.status());
  }
}
