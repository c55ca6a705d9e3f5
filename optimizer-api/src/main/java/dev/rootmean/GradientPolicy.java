package dev.rootmean;

import java.util.Objects;

/**
 * What is done to gradients before a rule sees them: the loss scale is taken out, micro-batches are
 * averaged, the norm and the values are clipped, and what is not finite can leave everything as it
 * was.
 *
 * <p>All of it is decided on the device: {@link OptimizerBackend#measure} leaves the outcome in a
 * {@link GradientDecision}, where the step after it finds it, and the host does not wait. What is
 * computed is defined to the last bit, in the type that the parameters are computed in, each
 * operation rounded:
 *
 * <pre>{@code
 * inverse  = 1 / (lossScale * microBatches)
 * norm     = sqrt(sum) * inverse                         // sum of the squares, see below
 * finite   = norm is neither infinite nor NaN
 * divisor  = norm + normClipEpsilon
 * factor   = finite && divisor > normClip ? inverse * (normClip / divisor) : inverse
 * skip     = !finite && nonFinite != IGNORE
 * inARow   = skip ? inARow + 1 : 0
 * finite:    good = good + 1 ; if good >= growthInterval: next = lossScale * growth, good = 0
 * otherwise: next = max(lossScale * backoff, least), good = 0
 * lossScale = next, if 1 / (next * microBatches) is finite and above 0
 * }</pre>
 *
 * and in a step that is not skipped, before the first line of {@link RmsProp}'s formula:
 *
 * <pre>{@code
 * grad = factor * grad
 * grad = grad > valueClip ? valueClip : grad < -valueClip ? -valueClip : grad
 * }</pre>
 *
 * <p>The sum of the squares has one order on every backend. The gradients are cut into chunks of
 * {@value dev.rootmean.spi.Kernel#CHUNK}. Element i of a chunk belongs to lane i mod {@value
 * dev.rootmean.spi.Kernel#LANES}; each lane starts at 0 and adds {@code grad * grad} of its
 * elements in turn. Then lanes are folded: for s = {@value dev.rootmean.spi.Kernel#LANES} / 2, … 2,
 * 1, lane j takes lane j + s for each j below s, and lane 0 is the chunk's sum. The chunks' sums
 * are added by the same lanes and folds, as one chunk however many they are. If several buffers are
 * measured together, each begins a chunk of its own, and the chunks follow each other.
 *
 * <p>Gradients count as not finite if their norm is not: because one of them is not, because a
 * square, the sum or the norm overflows. The squares are those of the gradients as they come,
 * before the loss scale is taken out. Such gradients cannot be clipped by the norm, for there is
 * none; where clipping is asked for, they are skipped unless {@link NonFinite#IGNORE} is asked for
 * too.
 *
 * <p>Sources: norm clipping, R. Pascanu et al., <a
 * href="https://arxiv.org/abs/1211.5063">arXiv:1211.5063</a>, section 3.2; loss scaling, P.
 * Micikevicius et al., <a href="https://arxiv.org/abs/1710.03740">arXiv:1710.03740</a>, and
 * PyTorch's GradScaler.
 *
 * @param valueClip the largest magnitude of a gradient, above 0; infinity for no limit
 * @param normClip the largest norm of all gradients together, above 0; infinity for no limit
 * @param normClipEpsilon what is added to the norm before it is compared and divided by, finite and
 *     at least 0
 * @param lossScale what the loss was multiplied by
 * @param microBatches how many gradients are averaged for a step, at least 1
 * @param nonFinite what gradients that are not finite lead to
 * @since 0.1.0
 */
public record GradientPolicy(
    double valueClip,
    double normClip,
    double normClipEpsilon,
    LossScale lossScale,
    int microBatches,
    NonFinite nonFinite) {

  /** What gradients that are not finite lead to. */
  public enum NonFinite {
    /** Nothing: they are stepped by like any others, and no norm clips them. */
    IGNORE,
    /** The step changes neither parameters nor accumulators, and is counted. */
    SKIP_STEP,
    /** The same, and {@link Optimizer#step()} waits for the device and throws. */
    THROW
  }

  /**
   * What the loss is multiplied by, to keep small gradients from vanishing, and how that changes.
   *
   * @param initial the scale of the first step, finite and above 0
   * @param growth what it is multiplied by after enough good steps, finite and at least 1
   * @param backoff what it is multiplied by when gradients are not finite, above 0 and at most 1
   * @param growthInterval how many good steps in a row are enough, from 1 to 2²⁴
   * @param least what it does not fall below, above 0 and at most {@code initial}
   */
  public record LossScale(
      double initial, double growth, double backoff, int growthInterval, double least) {
    private static final int LARGEST_INTERVAL = 1 << 24; // floats count so far

    /**
     * Checks every value.
     *
     * @param initial the scale of the first step
     * @param growth its growth
     * @param backoff its back-off
     * @param growthInterval its interval
     * @param least its lower limit
     * @throws IllegalArgumentException naming the component, the value and what was expected
     */
    public LossScale {
      require(initial > 0 && Double.isFinite(initial), "initial", initial, "finite, above 0");
      require(growth >= 1 && Double.isFinite(growth), "growth", growth, "finite, at least 1");
      require(backoff > 0 && backoff <= 1, "backoff", backoff, "above 0, at most 1");
      require(
          growthInterval >= 1 && growthInterval <= LARGEST_INTERVAL,
          "growthInterval",
          growthInterval,
          "from 1 to 2^24");
      require(least > 0 && least <= initial, "least", least, "above 0, at most the initial scale");
    }

    /**
     * A scale that stays as it is.
     *
     * @param scale the scale, finite and above 0
     * @return the scale
     */
    public static LossScale constant(double scale) {
      return new LossScale(scale, 1, 1, 1, scale);
    }

    /**
     * A scale that grows while all is well and falls back when gradients overflow: 65,536 at first,
     * doubled after 2,000 good steps in a row, halved when one is not, as in PyTorch's GradScaler,
     * but never below 1.
     *
     * @return the scale
     */
    public static LossScale dynamic() {
      return new LossScale(65_536, 2, 0.5, 2_000, 1);
    }

    /**
     * Whether it changes.
     *
     * @return whether growth or back-off are not 1
     */
    public boolean isDynamic() {
      return growth != 1 || backoff != 1;
    }
  }

  /** Gradients as they are. */
  public static final GradientPolicy NONE =
      new GradientPolicy(
          Double.POSITIVE_INFINITY,
          Double.POSITIVE_INFINITY,
          0,
          LossScale.constant(1),
          1,
          NonFinite.IGNORE);

  /**
   * Checks every value.
   *
   * @param valueClip the largest magnitude
   * @param normClip the largest norm
   * @param normClipEpsilon what is added to the norm
   * @param lossScale the loss scale
   * @param microBatches how many gradients are averaged
   * @param nonFinite what gradients that are not finite lead to
   * @throws IllegalArgumentException naming the component, the value and what was expected
   */
  public GradientPolicy {
    require(valueClip > 0, "valueClip", valueClip, "above 0");
    require(normClip > 0, "normClip", normClip, "above 0");
    require(
        normClipEpsilon >= 0 && Double.isFinite(normClipEpsilon),
        "normClipEpsilon",
        normClipEpsilon,
        "finite, at least 0");
    require(microBatches >= 1, "microBatches", microBatches, "at least 1");
    Objects.requireNonNull(lossScale, "lossScale");
    Objects.requireNonNull(nonFinite, "nonFinite");
    if (lossScale.isDynamic() && nonFinite == NonFinite.IGNORE) {
      throw new IllegalArgumentException(
          "nonFinite IGNORE: expected SKIP_STEP or THROW with a dynamic loss scale");
    }
  }

  private static void require(boolean holds, String name, double value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(name + " " + value + ": expected a number " + expected);
    }
  }

  /**
   * Clips each gradient by itself.
   *
   * @param valueClip the largest magnitude
   * @return this policy with it
   */
  public GradientPolicy withValueClip(double valueClip) {
    return new GradientPolicy(
        valueClip, normClip, normClipEpsilon, lossScale, microBatches, nonFinite);
  }

  /**
   * Clips the gradients together, as {@link #withNormClip(double, double)} with an epsilon of 0.
   *
   * @param normClip the largest norm
   * @return this policy with it
   */
  public GradientPolicy withNormClip(double normClip) {
    return withNormClip(normClip, 0);
  }

  /**
   * Clips the gradients together. A norm that is not finite clips nothing, and such gradients are
   * the last that should go unclipped, so this turns {@link NonFinite#IGNORE} into {@link
   * NonFinite#SKIP_STEP}; who wants them all the same asks for it afterwards.
   *
   * @param normClip the largest norm
   * @param epsilon what is added to the norm: 10⁻⁶ clips as PyTorch's {@code clip_grad_norm_} does
   * @return this policy with it
   */
  public GradientPolicy withNormClip(double normClip, double epsilon) {
    boolean clips = normClip != Double.POSITIVE_INFINITY;
    return new GradientPolicy(
        valueClip, normClip, epsilon, lossScale, microBatches, skippingIf(clips));
  }

  /**
   * Takes a loss scale out. A dynamic one lives on gradients that overflow now and then, so it
   * turns {@link NonFinite#IGNORE} into {@link NonFinite#SKIP_STEP}.
   *
   * @param lossScale the loss scale
   * @return this policy with it
   */
  public GradientPolicy withLossScale(LossScale lossScale) {
    return new GradientPolicy(
        valueClip,
        normClip,
        normClipEpsilon,
        lossScale,
        microBatches,
        skippingIf(lossScale.isDynamic()));
  }

  private NonFinite skippingIf(boolean needed) {
    return needed && nonFinite == NonFinite.IGNORE ? NonFinite.SKIP_STEP : nonFinite;
  }

  /**
   * Averages gradients.
   *
   * @param microBatches how many
   * @return this policy with it
   */
  public GradientPolicy withMicroBatches(int microBatches) {
    return new GradientPolicy(
        valueClip, normClip, normClipEpsilon, lossScale, microBatches, nonFinite);
  }

  /**
   * Decides about gradients that are not finite.
   *
   * @param nonFinite what they lead to
   * @return this policy with it
   */
  public GradientPolicy withNonFinite(NonFinite nonFinite) {
    return new GradientPolicy(
        valueClip, normClip, normClipEpsilon, lossScale, microBatches, nonFinite);
  }

  /**
   * Whether the gradients have to be measured before each step: for their norm, or whether they are
   * finite.
   *
   * @return false if each can be dealt with by itself
   */
  public boolean measures() {
    return normClip != Double.POSITIVE_INFINITY || nonFinite != NonFinite.IGNORE;
  }
}
