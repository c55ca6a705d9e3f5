import dev.rootmean.OptimizerBackend;

/** Whether a kind of peers computes the numbers that ours does by the same rule. */
final class PeerCheck {
  static final int STEPS = 10;

  /** A step rounds fewer than sixteen times, each time by at most 2⁻²⁴ of the value. */
  static final double MOST = STEPS * 16 * 0x1p-24;

  private static final int[] LENGTHS = {1_000, 24};

  private PeerCheck() {}

  /**
   * The largest difference of a parameter, as a share of the largest parameter; NaN if the kind is
   * not to compute the same.
   */
  static double difference(OptimizerBackend cpu, Peer.Kind kind, String variant) {
    if (kind.preset() == null) {
      return Double.NaN;
    }
    Peer.Work work = new Peer.Work(kind.rule(variant), LENGTHS);
    double largest = 0;
    double most = 0;
    try (Peer theirs = kind.maker().make(work);
        Peer ours = new RootmeanPeer(cpu, work)) {
      for (int i = 0; i < STEPS; i++) {
        theirs.turn().nanosPerCall(1);
        ours.turn().nanosPerCall(1);
      }
      for (int tensor = 0; tensor < LENGTHS.length; tensor++) {
        float[] expected = ours.parameters(tensor);
        float[] actual = theirs.parameters(tensor);
        for (int i = 0; i < expected.length; i++) {
          double difference = Math.abs((double) actual[i] - expected[i]);
          largest = Math.max(largest, Math.abs(expected[i]));
          most = Math.max(most, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
        }
      }
    }
    return most / largest;
  }
}
