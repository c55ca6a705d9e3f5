package dev.rootmean.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Output that is lost must not look like success: whole commands, in a JVM of their own. */
class StandardOutputTest {
  private static final String TRAIN = "train --backend cpu --hidden 8 --epochs 1 --json";

  private static final String LOST = "rootmean: standard output cannot be written: ";

  /** A command line whose output goes where a shell says. */
  private static ChildJvm into(String script) {
    return ChildJvm.of(Rootmean.class)
        .launchedBy("bash", "-c", "set -o pipefail; " + script, "bash");
  }

  private static ChildJvm.Outcome run(String command, String script) {
    return into(script).run(command.split(" ", -1));
  }

  /** What it says on stderr itself: drivers have their say there too. */
  private static List<String> complaints(ChildJvm.Outcome outcome) {
    return outcome.text().lines().filter(line -> line.startsWith("rootmean")).toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "--version",
        "bench --help",
        "devices",
        "devices --json",
        TRAIN,
        "conformance --backend cpu",
        "bench --backend cpu --elements 100 --variant plain --seconds 0.01",
      })
  void aFullDiskIsAFailureInOneLine(String command) {
    ChildJvm.Outcome outcome = run(command, "\"$@\" > /dev/full");
    assertEquals(List.of(LOST + "No space left on device"), complaints(outcome));
    assertEquals(1, outcome.status());
  }

  @Test
  void aClosedOutputIsAFailureToo() {
    ChildJvm.Outcome outcome = run(TRAIN, "\"$@\" >&-");
    assertEquals(1, complaints(outcome).size(), outcome.text());
    assertTrue(complaints(outcome).get(0).startsWith(LOST), outcome.text());
    assertEquals(1, outcome.status());
  }

  @Test
  void theStatusOfWhatFailedBeforeStays() {
    ChildJvm.Outcome outcome = run("train --epochs 0", "\"$@\" > /dev/full");
    assertEquals(List.of("rootmean train: --epochs 0: expected at least 1"), complaints(outcome));
    assertEquals(2, outcome.status());
  }

  @Test
  void aReaderThatHasSeenEnoughIsNoFailure() {
    assertSilent(into("\"$@\" | true"));
  }

  @Test
  void noneInAnotherLanguageEither() {
    assertSilent(into("\"$@\" | true").inGerman());
  }

  private static void assertSilent(ChildJvm child) {
    ChildJvm.Outcome outcome = child.run(TRAIN.split(" ", -1));
    assertEquals(List.of(), complaints(outcome), outcome.text());
    assertEquals(0, outcome.status(), outcome.text());
  }
}
