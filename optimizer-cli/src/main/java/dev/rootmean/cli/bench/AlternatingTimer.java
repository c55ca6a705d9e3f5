package dev.rootmean.cli.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Times actions by turns, so that a machine's moods meet all of them alike, once they are as fast
 * as they get.
 *
 * @param <A> what names an action
 */
final class AlternatingTimer<A> {
  /** Long beside the clock's grain and a wait for a device, short beside a machine's moods. */
  private static final double TURN_NANOS = 5e6;

  private static final int TURNS_AT_LEAST = 200;
  private static final int ROUNDS_AT_LEAST = 9;
  private static final double WARM_UP_SHARE = 0.1;

  /** The JVM's compiler takes its time, unless the user asks for less than that in all. */
  private static final double WARM_UP_SECONDS = 0.25;

  private static final int WARM_UPS_AT_MOST = 30;
  private static final int CALM_WARM_UPS = 3;

  /** A median that falls by less is noise. */
  private static final double FASTER = 0.97;

  private final Map<A, Runnable> actions;
  private final Runnable synchronize;
  private final double seconds;
  private final Map<A, Integer> calls = new HashMap<>();

  /**
   * Prepares to time.
   *
   * @param actions are called many times in a turn; they may return before they are done
   * @param synchronize waits until they are, at the end of each turn
   * @param seconds how long to measure all actions together, warm-up not included
   */
  AlternatingTimer(Map<A, Runnable> actions, Runnable synchronize, double seconds) {
    this.actions = new LinkedHashMap<>(actions);
    this.synchronize = synchronize;
    this.seconds = seconds;
    actions.keySet().forEach(action -> calls.put(action, 1));
  }

  /** The nanoseconds of one call of each action, round by round. */
  record Times<A>(List<Map<A, Double>> rounds) {
    double median(A action) {
      return median(round -> round.get(action));
    }

    /** The median of one action's time over another's of the same round. */
    double medianRatio(A action, A other) {
      return median(round -> round.get(action) / round.get(other));
    }

    private double median(ToDoubleFunction<Map<A, Double>> figure) {
      double[] sorted = rounds.stream().mapToDouble(figure).sorted().toArray();
      return sorted[sorted.length / 2];
    }
  }

  Times<A> measure() {
    warmUp();
    return rounds(seconds, ROUNDS_AT_LEAST);
  }

  /**
   * Runs until no median falls any more. A turn is many short calls, not one long loop: for those
   * the JVM compiles an optimizer's step as it does in a training, once it was called often enough.
   */
  private void warmUp() {
    double turn = Math.min(TURN_NANOS, seconds * 1e9 / TURNS_AT_LEAST);
    double part = Math.max(seconds * WARM_UP_SHARE, Math.min(seconds, WARM_UP_SECONDS));
    Map<A, Double> best = new HashMap<>();
    int calm = 0;
    for (int i = 0; i < WARM_UPS_AT_MOST && calm < CALM_WARM_UPS; i++) {
      Times<A> times = rounds(part, 1);
      calm++;
      for (A action : actions.keySet()) {
        double median = times.median(action);
        double before = best.getOrDefault(action, Double.POSITIVE_INFINITY);
        if (median < FASTER * before) {
          calm = 0;
        }
        best.put(action, Math.min(before, median));
        calls.put(action, (int) Math.max(1, turn / median));
      }
    }
  }

  private Times<A> rounds(double forSeconds, int atLeast) {
    List<Map<A, Double>> rounds = new ArrayList<>();
    long start = System.nanoTime();
    while (rounds.size() < atLeast || System.nanoTime() - start < forSeconds * 1e9) {
      Map<A, Double> round = new HashMap<>();
      actions.forEach((name, action) -> round.put(name, turn(action, calls.get(name))));
      rounds.add(round);
    }
    return new Times<>(rounds);
  }

  private double turn(Runnable action, int times) {
    long start = System.nanoTime();
    for (int i = 0; i < times; i++) {
      action.run();
    }
    synchronize.run();
    return (double) (System.nanoTime() - start) / times;
  }
}
