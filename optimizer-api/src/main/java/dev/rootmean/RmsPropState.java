package dev.rootmean;

import dev.rootmean.spi.Leaks;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Optional;

/**
 * The accumulators that RMSProp keeps between steps, in the memory of a backend: one element of
 * each for each parameter.
 */
public final class RmsPropState implements AutoCloseable {
  private static final int FILL_ELEMENTS = 16_384;

  private final DeviceBuffer squareAverage;
  private final Optional<DeviceBuffer> momentum;
  private final Optional<DeviceBuffer> gradientAverage;

  /** Null if nobody is to be warned. */
  private Cleaner.Cleanable leak;

  private RmsPropState(
      DeviceBuffer squareAverage,
      Optional<DeviceBuffer> momentum,
      Optional<DeviceBuffer> gradientAverage) {
    this.squareAverage = squareAverage;
    this.momentum = momentum;
    this.gradientAverage = gradientAverage;
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
   *     {@link RmsProp#requireFor}
   * @throws DeviceOutOfMemoryException if the device has too little memory left
   */
  public static RmsPropState allocate(
      OptimizerBackend backend, RmsProp rule, DataType type, long length) {
    RmsPropState state = take(backend, rule, type, length);
    try {
      state.leak = Leaks.warn(state, "the state", state.squareAverage);
      return state;
    } catch (Throwable e) { // a full heap must not cost the device's memory
      state.close();
      throw e;
    }
  }

  /** As {@link #allocate}, for an owner who is watched itself. */
  static RmsPropState take(OptimizerBackend backend, RmsProp rule, DataType type, long length) {
    Objects.requireNonNull(backend, "backend");
    Objects.requireNonNull(rule, "rule");
    Objects.requireNonNull(type, "type");
    rule.requireFor(type);
    DeviceBuffer[] taken = new DeviceBuffer[3]; // whatever is thrown, what is in it is freed
    try {
      taken[0] = backend.allocate(type, length);
      fill(taken[0], rule.initialSquareAverage());
      if (rule.hasMomentum()) {
        taken[1] = backend.allocate(type, length);
      }
      if (rule.centered()) {
        taken[2] = backend.allocate(type, length);
      }
      return new RmsPropState(
          taken[0], Optional.ofNullable(taken[1]), Optional.ofNullable(taken[2]));
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
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(part * type.bytes()).order(ByteOrder.nativeOrder());
    for (int i = 0; i < part; i++) {
      type.put(bytes, i * type.bytes(), value);
    }
    for (long i = 0; i < buffer.length(); i += part) {
      int count = (int) Math.min(part, buffer.length() - i);
      buffer.write(i, bytes.limit(count * type.bytes()).rewind());
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
        gradientAverage.map(m -> m.slice(offset, length)));
  }

  /** Frees the accumulators; a second call does nothing. */
  @Override
  public void close() {
    squareAverage.close();
    momentum.ifPresent(DeviceBuffer::close);
    gradientAverage.ifPresent(DeviceBuffer::close);
    if (leak != null) {
      leak.clean();
    }
  }
}
