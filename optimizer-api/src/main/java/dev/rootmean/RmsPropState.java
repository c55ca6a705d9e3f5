package dev.rootmean;

import dev.rootmean.Precision.Rounding;
import dev.rootmean.spi.Halves;
import dev.rootmean.spi.Leaks;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.util.Objects;
import java.util.Optional;

/**
 * The accumulators that RMSProp keeps between steps, in the memory of a backend: one element of
 * each for each parameter.
 *
 * @since 0.1.0
 */
public final class RmsPropState implements AutoCloseable {
  private static final int FILL_ELEMENTS = 16_384;

  private final DeviceBuffer squareAverage;
  private final Optional<DeviceBuffer> momentum;
  private final Optional<DeviceBuffer> gradientAverage;
  private final Optional<DeviceBuffer> remainder;
  private final Rounds rounds;
  private final long place;

  /** Null if nobody is to be warned. */
  private Cleaner.Cleanable leak;

  /** How steps round; one for all views of the same accumulators. */
  private static final class Rounds {
    private final Rounding rounding;
    private final long seed;
    private long attempt;

    Rounds(Precision precision) {
      rounding = precision.rounding();
      seed = precision.seed();
    }
  }

  private RmsPropState(
      DeviceBuffer squareAverage,
      Optional<DeviceBuffer> momentum,
      Optional<DeviceBuffer> gradientAverage,
      Optional<DeviceBuffer> remainder,
      Rounds rounds,
      long place) {
    this.squareAverage = squareAverage;
    this.momentum = momentum;
    this.gradientAverage = gradientAverage;
    this.remainder = remainder;
    this.rounds = rounds;
    this.place = place;
  }

  /**
   * Takes the accumulators that a rule needs, and no other, at their start values: {@link
   * RmsProp#initialSquareAverage()} for the square average, zero for the others.
   *
   * @param backend takes the memory
   * @param rule tells which accumulators there are
   * @param type the type of the parameters
   * @param length the number of parameters, at least 1
   * @return the accumulators; if one cannot be had, none is kept
   * @throws IllegalArgumentException if one of the rule's values is not usable in the type: see
   *     {@link RmsProp#requireFor}; or if there is no {@link Precision} of the type alone
   * @throws DeviceOutOfMemoryException if the device has too little memory left
   */
  public static RmsPropState allocate(
      OptimizerBackend backend, RmsProp rule, DataType type, long length) {
    Objects.requireNonNull(type, "type");
    return allocate(backend, rule, Precision.of(type), 0, length);
  }

  /**
   * Takes the accumulators that a rule needs, and no other, at their start values, as parameters of
   * a precision have them. If it rounds by random bits, each step but the first wants another
   * {@link #attempt(long)} before it.
   *
   * @param backend takes the memory
   * @param rule tells which accumulators there are
   * @param precision tells how they are stored and rounded, and whether there is a remainder
   * @param place of the first parameter among all that are rounded with the precision's seed, 0 or
   *     more. Two states with one seed whose places overlap are rounded by the same bits there:
   *     give each tensor of a training places of its own
   * @param length the number of parameters, at least 1
   * @return the accumulators; if one cannot be had, none is kept
   * @throws IllegalArgumentException if a place is out of range, or one of the rule's values is not
   *     usable in the type of the accumulators: see {@link RmsProp#requireFor}
   * @throws DeviceOutOfMemoryException if the device has too little memory left
   */
  public static RmsPropState allocate(
      OptimizerBackend backend, RmsProp rule, Precision precision, long place, long length) {
    RmsPropState state = take(backend, rule, precision, place, length);
    try {
      state.leak = Leaks.warn(state, "the state", state.squareAverage);
      return state;
    } catch (Throwable e) { // a full heap must not cost the device's memory
      state.close();
      throw e;
    }
  }

  /** As {@link #allocate}, for an owner who is watched itself. */
  static RmsPropState take(
      OptimizerBackend backend, RmsProp rule, Precision precision, long place, long length) {
    Objects.requireNonNull(backend, "backend");
    Objects.requireNonNull(rule, "rule");
    Objects.requireNonNull(precision, "precision");
    if (place < 0 || place > Long.MAX_VALUE - length) {
      throw new IllegalArgumentException(
          "place " + place + ": expected 0 or more, and less than 2^63 behind the last parameter");
    }
    DataType type = precision.accumulators();
    rule.requireFor(type);
    DeviceBuffer[] taken = new DeviceBuffer[4]; // whatever is thrown, what is in it is freed
    try {
      taken[0] = backend.allocate(type, length);
      fill(taken[0], rule.initialSquareAverage());
      if (rule.hasMomentum()) {
        taken[1] = backend.allocate(type.withSign(), length);
      }
      if (rule.centered()) {
        taken[2] = backend.allocate(type.withSign(), length);
      }
      if (precision.remainder()) {
        taken[3] = backend.allocate(DataType.INT16, length);
      }
      return new RmsPropState(
          taken[0],
          Optional.ofNullable(taken[1]),
          Optional.ofNullable(taken[2]),
          Optional.ofNullable(taken[3]),
          new Rounds(precision),
          place);
    } catch (Throwable e) {
      for (DeviceBuffer buffer : taken) {
        if (buffer != null) {
          buffer.close();
        }
      }
      throw e;
    }
  }

  private static void fill(DeviceBuffer buffer, double value) {
    if (value == 0) {
      return;
    }
    DataType type = buffer.dataType();
    int part = (int) Math.min(FILL_ELEMENTS, buffer.length());
    DataType given = type.isInBlocks() ? type.compute() : type;
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(part * given.bytes()).order(ByteOrder.nativeOrder());
    for (int i = 0; i < part; i++) {
      given.put(bytes, i * given.bytes(), value);
    }
    for (long i = 0; i < buffer.length(); i += part) {
      int count = (int) Math.min(part, buffer.length() - i);
      if (type.isInBlocks()) {
        buffer.write(i, bytes.asFloatBuffer(), 0, count);
      } else {
        buffer.write(i, bytes.limit(count * given.bytes()).rewind());
      }
    }
  }

  /**
   * The moving average of the squared gradient: v in the formula.
   *
   * @return the accumulator
   */
  public DeviceBuffer squareAverage() {
    return squareAverage;
  }

  /**
   * The momentum: b in the formula.
   *
   * @return the accumulator, empty if the rule has no momentum
   */
  public Optional<DeviceBuffer> momentum() {
    return momentum;
  }

  /**
   * The moving average of the gradient: m in the formula.
   *
   * @return the accumulator, empty if the rule is not centered
   */
  public Optional<DeviceBuffer> gradientAverage() {
    return gradientAverage;
  }

  /**
   * The lower halves of parameters in FLOAT32 whose upper halves are the parameters, {@link
   * DataType#INT16}: how the two make one number is in {@link dev.rootmean.spi.Halves#joined}. Who
   * writes to the parameters alone has to {@link DeviceBuffer#zero zero} these: the half of another
   * number moves a parameter by up to its last bit. {@link #writeParameters} writes both.
   *
   * @return zero until something is written or stepped; empty if the precision has none
   */
  public Optional<DeviceBuffer> remainder() {
    return remainder;
  }

  /**
   * Sets parameters as exactly as they are kept: to the bit if they have a {@link #remainder},
   * otherwise rounded to their type.
   *
   * @param parameters those that are stepped with these accumulators
   * @param values as many
   * @throws IllegalArgumentException if lengths or types do not fit
   */
  public void writeParameters(DeviceBuffer parameters, float[] values) {
    requireLength(parameters, values);
    if (remainder.isEmpty()) {
      parameters.write(values);
      return;
    }
    short[] high = new short[values.length];
    short[] low = new short[values.length];
    for (int i = 0; i < values.length; i++) {
      int bits = Halves.oneNan(Float.floatToRawIntBits(values[i]));
      high[i] = (short) Halves.high(bits);
      low[i] = (short) Halves.low(bits);
    }
    parameters.write(0, ShortBuffer.wrap(high), 0, high.length);
    remainder.get().write(0, ShortBuffer.wrap(low), 0, low.length);
  }

  /**
   * Gives parameters as exactly as they are kept.
   *
   * @param parameters those that are stepped with these accumulators
   * @param values takes as many
   * @throws IllegalArgumentException if lengths or types do not fit
   */
  public void readParameters(DeviceBuffer parameters, float[] values) {
    requireLength(parameters, values);
    if (remainder.isEmpty()) {
      parameters.read(values);
      return;
    }
    short[] high = new short[values.length];
    short[] low = new short[values.length];
    parameters.read(0, ShortBuffer.wrap(high), 0, high.length);
    remainder.get().read(0, ShortBuffer.wrap(low), 0, low.length);
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(Halves.joined(high[i], low[i]));
    }
  }

  private void requireLength(DeviceBuffer parameters, float[] values) {
    long length = squareAverage.length();
    if (parameters.length() != length || values.length != length) {
      throw new IllegalArgumentException(
          parameters.length()
              + " parameters and "
              + values.length
              + " values: expected as many as there are accumulators, "
              + length);
    }
  }

  /** {@return how a step rounds what is stored in fewer bits than it computes in} */
  public Rounding rounding() {
    return rounds.rounding;
  }

  /** {@return the seed of the random bits that steps round by, if they do} */
  public long seed() {
    return rounds.seed;
  }

  /** {@return where the first parameter is among all that the seed is for} */
  public long place() {
    return place;
  }

  /** {@return the number of the step that comes next, by which its random bits are made} */
  public long attempt() {
    return rounds.attempt;
  }

  /**
   * Says which step comes next, 0 at first, for this and all other views of the same accumulators.
   * A step that rounds by random bits refuses to round an element by those of the last attempt once
   * more, unless something was written to the square average in between. An {@link Optimizer} calls
   * this itself, before each step.
   *
   * @param number any number that was not used since the training began
   */
  public void attempt(long number) {
    rounds.attempt = number;
  }

  /**
   * The accumulators of a part of the parameters: views that own no memory.
   *
   * @param offset of the first parameter
   * @param length how many parameters, at least 1
   * @return the views
   * @throws IndexOutOfBoundsException if the range is not within these accumulators
   */
  public RmsPropState slice(long offset, long length) {
    return new RmsPropState(
        squareAverage.slice(offset, length),
        momentum.map(b -> b.slice(offset, length)),
        gradientAverage.map(m -> m.slice(offset, length)),
        remainder.map(r -> r.slice(offset, length)),
        rounds,
        place + offset);
  }

  /** Frees the accumulators; a second call does nothing. */
  @Override
  public void close() {
    squareAverage.close();
    momentum.ifPresent(DeviceBuffer::close);
    gradientAverage.ifPresent(DeviceBuffer::close);
    remainder.ifPresent(DeviceBuffer::close);
    if (leak != null) {
      leak.clean();
    }
  }
}
