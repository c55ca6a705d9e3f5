package dev.rootmean.kernels;

/** The two switches that change what a step reads and writes. */
public enum Variant {
  /** Parameters, gradients and square average: 20 bytes an element in float. */
  PLAIN(false, false),
  /** The momentum as well: 28 bytes. */
  MOMENTUM(true, false),
  /** The gradient average as well: 28 bytes. */
  CENTERED(false, true),
  /** Both: 36 bytes. */
  MOMENTUM_CENTERED(true, true);

  private final boolean momentum;
  private final boolean centered;

  Variant(boolean momentum, boolean centered) {
    this.momentum = momentum;
    this.centered = centered;
  }

  /**
   * Finds a variant.
   *
   * @param momentum whether there is a momentum
   * @param centered whether there is a gradient average
   * @return the variant with both as given
   */
  public static Variant of(boolean momentum, boolean centered) {
    if (momentum) {
      return centered ? MOMENTUM_CENTERED : MOMENTUM;
    }
    return centered ? CENTERED : PLAIN;
  }

  /**
   * Whether there is a momentum.
   *
   * @return the switch
   */
  public boolean momentum() {
    return momentum;
  }

  /**
   * Whether there is a gradient average.
   *
   * @return the switch
   */
  public boolean centered() {
    return centered;
  }

  /**
   * How many buffers a step of it takes: parameters, gradients and accumulators.
   *
   * @return 3 to 5
   */
  public int rows() {
    return 3 + (momentum ? 1 : 0) + (centered ? 1 : 0);
  }
}
