import dev.rootmean.OptimizerBackend;

/** Whether a kind of peers computes the numbers that ours does by the same rule. */
final class PeerCheck {
  static final int STEPS = 10;

  /**
   * Parameters are below 2 in magnitude, so that either side rounds each new one by at most half of
   * 2⁻²³; what rounding makes of an update, about a hundredth, is small beside that.
   */
  static final double MOST = STEPS * 0x1p-23;

  private static final int[] LENGTHS = {1_000, 24};

  private PeerCheck() {}

  /** The largest difference of a parameter; NaN if the kind is not to compute the same. */
  static double difference(OptimizerBackend cpu, Peer.Kind kind, String variant) {
    if (kind.preset() == null) {
      return Double.NaN;
    }
    Peer.Work work = new Peer.Work(kind.rule(variant), LENGTHS);
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
          most = Math.max(most, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
        }
      }
    }
    return most;
  }
}
