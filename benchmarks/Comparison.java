import dev.rootmean.cli.bench.AlternatingTimer;
import dev.rootmean.cli.bench.AlternatingTimer.Times;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Two ways of doing one thing, timed by turns. */
record Comparison(Times<Side> times) {
  enum Side {
    BASELINE,
    CANDIDATE
  }

  /** Measures both together for so many seconds, after a warm-up. */
  static Comparison of(Turn baseline, Turn candidate, double seconds) {
    Map<Side, Turn> turns = new LinkedHashMap<>();
    turns.put(Side.BASELINE, baseline);
    turns.put(Side.CANDIDATE, candidate);
    return new Comparison(new AlternatingTimer<>(turns, seconds).measure());
  }

  /** What several comparisons come to: each is one round, by its medians. */
  static Comparison of(List<Comparison> several) {
    return new Comparison(new Times<>(several.stream().map(Comparison::medians).toList()));
  }

  private Map<Side, Double> medians() {
    return Map.of(
        Side.BASELINE, times.median(Side.BASELINE), Side.CANDIDATE, times.median(Side.CANDIDATE));
  }

  /** Medians in a unit of so many nanoseconds, and the median and quartiles of their ratio. */
  String inColumns(double unit) {
    return String.format(
        Locale.ROOT,
        "%12.3f %12.3f %8.2f (%.2f-%.2f)",
        times.median(Side.BASELINE) / unit,
        times.median(Side.CANDIDATE) / unit,
        ratio(0.5),
        ratio(0.25),
        ratio(0.75));
  }

  /** The candidate's fastest round over the baseline's fastest, whichever rounds these were. */
  double ratioOfTheFastest() {
    return times.quantile(0, Side.CANDIDATE) / times.quantile(0, Side.BASELINE);
  }

  private double ratio(double share) {
    return times.ratio(share, Side.CANDIDATE, Side.BASELINE);
  }
}
