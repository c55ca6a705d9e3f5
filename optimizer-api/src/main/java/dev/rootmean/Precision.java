package dev.rootmean;

import dev.rootmean.spi.Block8;
import dev.rootmean.spi.Kernels;
import java.util.Objects;

/**
 * In how many bits parameters, gradients and accumulators are stored. A step computes in the wide
 * type whatever these are, and rounds each number once, when it is stored.
 *
 * <p>{@link Rounding#RANDOM} is for training: a change of less than half of the last bit is lost to
 * nearest rounding, step after step, and is kept on average by random bits. They are made of the
 * seed, the number of the attempt and the place of the parameter alone, so all backends round the
 * same, and a training that is resumed goes on with the same bits. {@link Rounding#NEAREST} of all
 * rows is what other frameworks do with 16-bit parameters, to compare with.
 *
 * @param parameters how a parameter is stored
 * @param gradients how a gradient is stored
 * @param accumulators how each accumulator is stored
 * @param remainder whether each BFLOAT16 parameter keeps the other 16 bits of a FLOAT32 beside it:
 *     it is trained as one, to the bit
 * @param rounding how what is stored in fewer bits is rounded
 * @param seed of the random bits
 * @since 0.1.0
 */
public record Precision(
    DataType parameters,
    DataType gradients,
    DataType accumulators,
    boolean remainder,
    Rounding rounding,
    long seed) {

  /** How a number is stored in fewer bits than it was computed in. */
  public enum Rounding {
    /** As the nearest number, ties to even. */
    NEAREST,
    /** As one of its two neighbours by chance, the nearer one more often: on average unchanged. */
    RANDOM
  }

  /** Everything in 32 bits. */
  public static final Precision FLOAT32 = of(DataType.FLOAT32);

  /** Everything in 64 bits. */
  public static final Precision FLOAT64 = of(DataType.FLOAT64);

  /** Parameters and gradients in 16 bits, accumulators in 32: 8 bytes a parameter and not 12. */
  public static final Precision BFLOAT16 = half(DataType.BFLOAT16);

  /**
   * Parameters and gradients in 16 bits, with 5 bits of exponent: parameters and gradients beyond
   * ±65,504 become infinite, and gradients want a {@link GradientPolicy.LossScale}.
   */
  public static final Precision FLOAT16 = half(DataType.FLOAT16);

  /** As {@link #BFLOAT16}, trained in 32 bits by 2 bytes more: 10 bytes a parameter. */
  public static final Precision BFLOAT16_WITH_REMAINDER =
      new Precision(
          DataType.BFLOAT16, DataType.BFLOAT16, DataType.FLOAT32, true, Rounding.NEAREST, 0);

  /**
   * Checks that there is a step for it.
   *
   * @param parameters how a parameter is stored
   * @param gradients how a gradient is stored
   * @param accumulators how each accumulator is stored
   * @param remainder whether parameters have the other 16 bits of a FLOAT32 beside them
   * @param rounding how what is stored in fewer bits is rounded
   * @param seed of the random bits
   * @throws IllegalArgumentException if there is none, naming all that there are
   */
  public Precision {
    Objects.requireNonNull(parameters, "parameters");
    Objects.requireNonNull(gradients, "gradients");
    Objects.requireNonNull(accumulators, "accumulators");
    Objects.requireNonNull(rounding, "rounding");
    Kernels.requireStep(parameters, gradients, accumulators, remainder, rounding);
  }

  /**
   * Everything in one type, rounded to nearest.
   *
   * @param type the type
   * @return the precision
   * @throws IllegalArgumentException if there is no step for it
   */
  public static Precision of(DataType type) {
    Objects.requireNonNull(type, "type");
    return new Precision(type, type, type, false, Rounding.NEAREST, 0);
  }

  private static Precision half(DataType type) {
    return new Precision(type, type, DataType.FLOAT32, false, Rounding.RANDOM, 0);
  }

  /**
   * Stores gradients otherwise.
   *
   * @param type how
   * @return the same but for that
   * @throws IllegalArgumentException if there is no step for it
   */
  public Precision withGradients(DataType type) {
    return new Precision(parameters, type, accumulators, remainder, rounding, seed);
  }

  /**
   * Stores accumulators otherwise: those in fewer than 32 bits are rounded by random bits, since
   * one that is rounded to nearest stops decaying. By {@link DataType#BLOCK8} an {@link Optimizer}
   * keeps those of tensors with at least 4,096 elements, and in {@link DataType#FLOAT32} those of
   * smaller ones. Centered, the variance is one of numbers with 3 bits of fraction.
   *
   * @param type how
   * @return the same but for that, and rounded by random bits if something is rounded
   * @throws IllegalArgumentException if there is no step for it
   */
  public Precision withAccumulators(DataType type) {
    boolean rounds = type != type.compute() || (parameters != parameters.compute() && !remainder);
    return new Precision(
        parameters, gradients, type, remainder, rounds ? Rounding.RANDOM : Rounding.NEAREST, seed);
  }

  /**
   * Rounds by other random bits.
   *
   * @param seed any number
   * @return the same but for that
   */
  public Precision withSeed(long seed) {
    return new Precision(parameters, gradients, accumulators, remainder, rounding, seed);
  }

  /** Whether a parameter stays as it is, step after step, where each changes it by too little. */
  boolean losesSmallChanges() {
    return parameters != parameters.compute() && !remainder && rounding == Rounding.NEAREST;
  }

  /**
   * The memory that a training has on the device.
   *
   * @param rule decides which accumulators there are
   * @return the bytes for each parameter: itself, its gradient, its accumulators and its remainder;
   *     without the bases of blocks, which are 4 for 1,024 elements
   */
  public int bytes(RmsProp rule) {
    return parameters.bytes() + gradients.bytes() + stateBytes(rule);
  }

  /** The bytes that are kept beside each parameter and its gradient. */
  int stateBytes(RmsProp rule) {
    return accumulators(rule) * accumulators.bytes() + (remainder ? DataType.INT16.bytes() : 0);
  }

  /** The bytes that are kept beside some parameters and their gradients. */
  double stateBytes(RmsProp rule, long length) {
    double bases = accumulators.isInBlocks() ? 4.0 * Block8.count(length) : 0;
    return (double) stateBytes(rule) * length + accumulators(rule) * bases;
  }

  private static int accumulators(RmsProp rule) {
    return 1 + (rule.hasMomentum() ? 1 : 0) + (rule.centered() ? 1 : 0);
  }
}
