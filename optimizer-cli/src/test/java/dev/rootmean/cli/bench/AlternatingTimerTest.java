package dev.rootmean.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.cli.bench.AlternatingTimer.Times;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AlternatingTimerTest {
  private static final List<Map<String, Double>> ROUNDS =
      List.of(
          Map.of("a", 10.0, "b", 20.0), Map.of("a", 90.0, "b", 30.0), Map.of("a", 30.0, "b", 10.0));

  @Test
  void mediansDoNotMindOneBadRound() {
    Times<String> times = new Times<>(ROUNDS);
    assertEquals(30, times.median("a"));
    assertEquals(20, times.median("b"));
  }

  @Test
  void aRatioIsTakenWithinARound() {
    assertEquals(3, new Times<>(ROUNDS).medianRatio("a", "b"), "the median of 0.5, 3 and 3");
  }

  @Test
  void quantilesAreOfWhatIsSorted() {
    Times<String> times = new Times<>(ROUNDS);
    assertEquals(10, times.quantile(0, "a"));
    assertEquals(90, times.quantile(0.75, "a"));
    assertEquals(0.5, times.ratio(0.25, "a", "b"));
    assertEquals(3, times.ratio(0.75, "a", "b"));
  }

  @Test
  void aTurnMakesItsCallsAndWaitsOnce() {
    List<String> made = new ArrayList<>();
    Turn.of(() -> made.add("call"), () -> made.add("wait")).nanosPerCall(3);
    assertEquals(List.of("call", "call", "call", "wait"), made);
  }

  @Test
  void actionsTakeTurnsAndEachTurnIsWaitedFor() {
    List<String> turns = new ArrayList<>(); // what happened, without repetitions
    Map<String, Turn> actions = new LinkedHashMap<>();
    for (String name : List.of("a", "b")) {
      actions.put(name, Turn.of(() -> happened(turns, name), () -> happened(turns, "wait")));
    }
    Times<String> times = new AlternatingTimer<>(actions, 1e-4).measure();
    List<String> expected = List.of("a", "wait", "b", "wait");
    assertEquals(0, turns.size() % expected.size());
    for (int i = 0; i < turns.size(); i += expected.size()) {
      assertEquals(expected, turns.subList(i, i + expected.size()));
    }
    assertTrue(times.rounds().size() >= 9, "however short the time");
    assertTrue(times.median("a") > 0);
  }

  private static void happened(List<String> turns, String what) {
    if (turns.isEmpty() || !turns.get(turns.size() - 1).equals(what)) {
      turns.add(what);
    }
  }
}
