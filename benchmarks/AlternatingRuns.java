import java.util.Arrays;
import java.util.Locale;

/**
 * Compares two ways of doing one thing by turns, so that a machine's moods meet both.
 *
 * @param rounds how many turns each gets; three more warm both up
 */
record AlternatingRuns(int rounds) {
  /** Does the thing some times and tells how long one took. */
  interface Run {
    double nanos() throws Exception;
  }

  /** Medians in nanoseconds, and the median and the extremes of candidate over baseline. */
  record Comparison(double baseline, double candidate, double ratio, double least, double most) {
    String inColumns(double unit) {
      return String.format(
          Locale.ROOT,
          "%12.3f %12.3f %8.2f (%.2f-%.2f)",
          baseline / unit,
          candidate / unit,
          ratio,
          least,
          most);
    }
  }

  Comparison compare(Run baseline, Run candidate) throws Exception {
    double[] a = new double[rounds];
    double[] b = new double[rounds];
    double[] ratios = new double[rounds];
    for (int round = -3; round < rounds; round++) {
      double nanosA = baseline.nanos();
      Thread.sleep(20); // threads may spin for a while after their work
      double nanosB = candidate.nanos();
      Thread.sleep(20);
      if (round >= 0) {
        a[round] = nanosA;
        b[round] = nanosB;
        ratios[round] = nanosB / nanosA;
      }
    }
    Arrays.sort(a);
    Arrays.sort(b);
    Arrays.sort(ratios);
    int middle = rounds / 2;
    return new Comparison(a[middle], b[middle], ratios[middle], ratios[0], ratios[rounds - 1]);
  }
}
