package dev.rootmean.cli.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Times actions by turns, so that a machine that is slow for a while slows all alike, once they are
 * as fast as they get. Whatever measures speed in this project does it by this class.
 *
 * @param <A> what names an action
 */
public final class AlternatingTimer<A> {
  /** So many turns the time suffices for: with a second, 5 ms, long beside a wait for a device. */
  private static final int TURNS = 200;

  private static final int ROUNDS_AT_LEAST = 9;
  private static final double WARM_UP_SHARE = 0.1;

  /** The JVM's compiler takes its time, unless the user asks for less than that in all. */
  private static final double WARM_UP_SECONDS = 0.25;

  private static final int WARM_UPS_AT_MOST = 30;
  private static final int CALM_WARM_UPS = 3;

  /** A median that falls by less is noise. */
  private static final double FASTER = 0.97;

  private final Map<A, Turn> actions;
  private final double seconds;
  private final Map<A, Integer> calls = new HashMap<>();

  /** What an action does when it is its turn. */
  public interface Turn {
    /**
     * Makes calls and waits until they are done.
     *
     * @param calls how many
     * @return the nanoseconds of one
     */
    double nanosPerCall(int calls);

    /**
     * A turn in this JVM.
     *
     * @param action a call; it may return before it is done
     * @param synchronize waits until all calls are
     * @return a turn that times them
     */
    static Turn of(Runnable action, Runnable synchronize) {
      return calls -> {
        long start = System.nanoTime();
        for (int i = 0; i < calls; i++) {
          action.run();
        }
        synchronize.run();
        return (double) (System.nanoTime() - start) / calls;
      };
    }
  }

  /**
   * What was measured.
   *
   * @param <A> what names an action
   * @param rounds the nanoseconds of one call of each action, round by round
   */
  public record Times<A>(List<Map<A, Double>> rounds) {
    /**
     * The median over all rounds.
     *
     * @param action whose
     * @return nanoseconds of a call
     */
    public double median(A action) {
      return quantile(0.5, action);
    }

    /**
     * A quantile over all rounds.
     *
     * @param share of the rounds that took less: 0 for the fastest, less than 1
     * @param action whose
     * @return nanoseconds of a call
     */
    public double quantile(double share, A action) {
      return quantile(share, round -> round.get(action));
    }

    /**
     * The median of one action's time over another's of the same round.
     *
     * @param action whose time is above the line
     * @param other whose is below
     * @return the ratio, 1 if both take as long
     */
    public double medianRatio(A action, A other) {
      return ratio(0.5, action, other);
    }

    /**
     * A quantile of one action's time over another's of the same round.
     *
     * @param share of the rounds that have a smaller ratio: 0.5 for the median, less than 1
     * @param action whose time is above the line
     * @param other whose is below
     * @return the ratio
     */
    public double ratio(double share, A action, A other) {
      return quantile(share, round -> round.get(action) / round.get(other));
    }

    private double quantile(double share, ToDoubleFunction<Map<A, Double>> figure) {
      double[] sorted = rounds.stream().mapToDouble(figure).sorted().toArray();
      return sorted[(int) (share * sorted.length)];
    }
  }

  /**
   * Prepares to time.
   *
   * @param actions take their turns in this order
   * @param seconds how long to measure all actions together, warm-up not included
   */
  public AlternatingTimer(Map<A, Turn> actions, double seconds) {
    this.actions = new LinkedHashMap<>(actions);
    this.seconds = seconds;
    actions.keySet().forEach(action -> calls.put(action, 1));
  }

  /**
   * Warms all actions up, then measures.
   *
   * @return the times of at least nine rounds
   */
  public Times<A> measure() {
    warmUp();
    return rounds(seconds, ROUNDS_AT_LEAST);
  }

  /**
   * Runs until no median falls any more. A turn is many short calls, not one long loop: for those
   * the JVM compiles an optimizer's step as it does in a training, once it was called often enough.
   */
  private void warmUp() {
    double turn = seconds * 1e9 / TURNS;
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
      actions.forEach((name, turn) -> round.put(name, turn.nanosPerCall(calls.get(name))));
      rounds.add(round);
    }
    return new Times<>(rounds);
  }
}
