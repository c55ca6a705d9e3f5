package dev.rootmean.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Complaints are for people who have never seen Java. */
class OptionValuesTest {
  private static final Pattern JAVAS =
      Pattern.compile("java\\.|Exception|interface|\\bclass\\b|\\bint\\b|\\blong\\b|double\\b");

  private static final List<String> BAD_VALUES =
      List.of("", "x", "\0", "-1", "1e400", "NaN", "99999999999999999999", "1,", ",", "\u001b[2J");

  /** What each command refuses late, so that no good value among the bad ones starts any work. */
  private static final Map<String, List<String>> REFUSED =
      Map.of(
          "train", List.of("--hidden", "2000000000,2000000000"),
          "bench", List.of("--elements", "1e18", "--backend", "cpu"),
          "conformance", List.of("--cases", "no/such/file"));

  static Stream<List<String>> commandsAndOptions() {
    return Rootmean.commandLine().getSubcommands().values().stream()
        .map(CommandLine::getCommandSpec)
        .flatMap(
            spec ->
                spec.options().stream()
                    .filter(option -> option.arity().max() > 0)
                    .map(OptionSpec::longestName)
                    .map(option -> List.of(spec.name(), option)));
  }

  @ParameterizedTest
  @MethodSource("commandsAndOptions")
  void badValuesAreOneLineThatNamesNoJava(List<String> commandAndOption) {
    for (String value : BAD_VALUES) {
      List<String> arguments = new ArrayList<>(commandAndOption);
      arguments.add(value);
      List<String> refused = REFUSED.get(commandAndOption.get(0));
      for (int i = 0; i < refused.size(); i += 2) {
        if (!refused.get(i).equals(commandAndOption.get(1))) {
          arguments.addAll(refused.subList(i, i + 2));
        }
      }
      Run run = Run.of(arguments.toArray(String[]::new));
      assertEquals(2, run.status(), () -> arguments + ": " + run.err());
      assertEquals("", run.out());
      assertEquals(1, run.err().lines().count(), run.err());
      assertFalse(JAVAS.matcher(run.err()).find(), run.err());
      assertFalse(run.err().contains("\u001b"), run.err());
    }
  }

  @Test
  void thereIsSomethingToAskEveryCommandThatTakesValues() {
    List<String> asked = commandsAndOptions().map(option -> option.get(0)).distinct().toList();
    assertEquals(REFUSED.keySet(), Set.copyOf(asked));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train --hidden 128,",
        "bench --elements 1000,",
        "bench --elements 100 --variant plain,",
        "bench --elements 100 --backend cpu,",
      })
  void aCommaAtTheEndIsNotPassedOver(String arguments) {
    Run run = Run.of(arguments.split(" ", -1));
    assertEquals(2, run.status(), run.err());
    assertTrue(run.err().contains(arguments.replaceFirst(".* ", "")), run.err());
  }
}
