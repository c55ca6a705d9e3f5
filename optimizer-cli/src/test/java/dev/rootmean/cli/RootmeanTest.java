package dev.rootmean.cli;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Preset;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class RootmeanTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "train", "devices", "conformance", "bench"})
  void helpTellsOptionsExamplesAndExitStatuses(String command) {
    Run run = Run.of((command + " --help").strip().split(" ", -1));
    assertEquals(0, run.status());
    assertEquals("", run.err());
    for (String part : new String[] {"Usage: rootmean", "--help", "Examples:", "Exit status:"}) {
      assertTrue(run.out().contains(part), () -> part + " is not in:\n" + run.out());
    }
    assertTrue(run.out().lines().allMatch(line -> line.length() <= 90), run.out());
    assertFalse(run.out().contains("\n\n\n"), "one blank line is enough:\n" + run.out());
    // What is wider than the help gets broken, and leaves a word or two on a line of their own.
    CommandLine described = Rootmean.commandLine();
    if (!command.isEmpty()) {
      described = described.getSubcommands().get(command);
    }
    for (String line : described.getCommandSpec().usageMessage().description()) {
      assertTrue(run.out().lines().anyMatch(line::equals), () -> "broken in the help: " + line);
    }
  }

  @Test
  void helpOfTrainTellsEveryDefault() {
    String help = Run.of("train", "--help").out().replaceAll("\\s+", " ");
    for (String value : new String[] {"128,64", "20", "32", "0.001", "0.9", "1e-8", "inside"}) {
      assertTrue(help.contains("(default: " + value), () -> value + " is not in:\n" + help);
    }
  }

  @Test
  void helpOfTrainListsEveryPreset() {
    String help = Run.of("train", "--help").out().replaceAll("\\s+", " ");
    assertTrue(
        help.contains(Stream.of(Preset.values()).map(Preset::toString).collect(joining(", "))),
        help);
  }

  @Test
  void versionIsOneLine() {
    Run run = Run.of("--version");
    assertEquals(0, run.status());
    assertEquals(1, run.out().lines().count());
    assertTrue(run.out().startsWith("rootmean "), run.out());
  }

  @Test
  void aCommandIsWanted() {
    assertEquals(
        "rootmean: expected a command: train, devices, conformance, bench (see rootmean --help)"
            + System.lineSeparator(),
        Run.of().err());
    assertEquals(2, Run.of().status());
  }

  @Test
  void anUnknownCommandIsToldThoseThatThereAre() {
    String commands = "train, devices, conformance, bench (see rootmean --help)";
    assertEquals(
        "rootmean: 'tarin' is no command: expected " + commands, Run.of("tarin").err().strip());
  }

  @ParameterizedTest
  @ValueSource(strings = {"tarin", "--nope", "train --nope", "train extra", "train --epochs"})
  void aWrongCommandLineIsOneLineWithAHint(String arguments) {
    Run run = Run.of(arguments.split(" ", -1));
    assertEquals(2, run.status());
    assertEquals("", run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().strip().endsWith("--help)"), run.err());
  }
}
