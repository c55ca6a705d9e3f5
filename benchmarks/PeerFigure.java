import dev.rootmean.cli.bench.AlternatingTimer.Times;
import java.util.Arrays;
import java.util.Locale;

/**
 * A line of peers.csv; what is not known is NaN.
 *
 * @param beside alone, or in a training
 * @param size elements, or a model
 * @param difference what {@link PeerCheck} found
 */
record PeerFigure(
    String variant,
    int threads,
    String beside,
    String size,
    String name,
    double difference,
    Time time) {
  static final String C = "C loop";

  /**
   * How long it took.
   *
   * @param nanos of an element
   * @param ratio to the C loop's time of the same round: the median, and its quartiles
   */
  record Time(double nanos, double ratio, double lower, double upper) {
    static final Time NONE = new Time(Double.NaN, Double.NaN, Double.NaN, Double.NaN);

    static Time of(Times<String> times, String name, int n) {
      return new Time(
          times.median(name) / n,
          times.medianRatio(name, C),
          times.ratio(0.25, name, C),
          times.ratio(0.75, name, C));
    }
  }

  static PeerFigure parse(String line) {
    String[] cells = line.split(",");
    double[] time = Arrays.stream(cells).skip(6).mapToDouble(Double::parseDouble).toArray();
    return new PeerFigure(
        cells[0],
        Integer.parseInt(cells[1]),
        cells[2],
        cells[3],
        cells[4],
        Double.parseDouble(cells[5]),
        new Time(time[0], time[1], time[2], time[3]));
  }

  /** What the figures of a table have in common. */
  String situation() {
    return variant + ", " + threads + (threads == 1 ? " thread, " : " threads, ") + beside;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s,%d,%s,%s,%s,%.1e,%.4f,%.3f,%.3f,%.3f",
        variant,
        threads,
        beside,
        size,
        name,
        difference,
        time.nanos,
        time.ratio,
        time.lower,
        time.upper);
  }
}
