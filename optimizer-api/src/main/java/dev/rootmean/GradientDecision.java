package dev.rootmean;

import dev.rootmean.spi.DecisionField;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where a device keeps what a {@link GradientPolicy} has decided: {@link OptimizerBackend#measure}
 * writes it, the steps after it read it, and neither waits for the host. The host's methods here
 * do: they read the device's memory, after all that is queued.
 *
 * @since 0.1.0
 */
public final class GradientDecision implements AutoCloseable {
  private final GradientPolicy policy;
  private DeviceBuffer buffer;

  private GradientDecision(GradientPolicy policy, DeviceBuffer buffer) {
    this.policy = policy;
    this.buffer = buffer;
  }

  /**
   * Takes the memory: a few elements, and one for each 16,384 gradients.
   *
   * @param backend takes the memory
   * @param policy decides
   * @param type the type of the gradients
   * @param length the number of gradients, at least 1; of several buffers that are measured
   *     together each counts as whole chunks of 16,384
   * @return the decision, as before the first step; if it cannot be had, nothing is kept
   * @throws IllegalArgumentException if {@code length} is less than 1, or the type cannot hold the
   *     policy's loss scale, its inverse, the clips or the norm's epsilon
   * @throws DeviceOutOfMemoryException if the device has too little memory left
   */
  public static GradientDecision allocate(
      OptimizerBackend backend, GradientPolicy policy, DataType type, long length) {
    DataType computed = type.compute();
    if (length < 1) {
      throw new IllegalArgumentException("length " + length + ": expected at least 1");
    }
    computed.requireNotLost("least loss scale", policy.lossScale().least());
    computed.requireNotLost("valueClip", policy.valueClip());
    computed.requireNotLost("normClip", policy.normClip());
    computed.requireNotLost("normClipEpsilon", policy.normClipEpsilon());
    DeviceBuffer buffer = backend.allocate(computed, DecisionField.elements(length));
    try {
      GradientDecision decision = new GradientDecision(policy, buffer);
      decision.begin(policy.lossScale().initial(), 0);
      return decision;
    } catch (Throwable e) {
      buffer.close();
      throw e;
    }
  }

  /**
   * Begins anew, with a loss scale and the good steps with it.
   *
   * @throws IllegalArgumentException if the type cannot hold the scale; nothing has changed
   */
  void begin(double lossScale, int goodSteps) {
    DataType type = buffer.dataType();
    double scale = type.round(lossScale);
    double inverse = type.round(1 / type.round(scale * type.round(policy.microBatches())));
    if (!(inverse > 0 && Double.isFinite(inverse))) {
      throw new IllegalArgumentException(
          "lossScale "
              + lossScale
              + " cannot be taken out in "
              + type
              + ": expected a number of ordinary size");
    }
    ByteBuffer fields =
        ByteBuffer.allocate(DecisionField.COUNT * type.bytes()).order(ByteOrder.nativeOrder());
    type.put(fields, DecisionField.FACTOR.index() * type.bytes(), inverse);
    type.put(fields, DecisionField.BOUND.index() * type.bytes(), policy.valueClip());
    type.put(fields, DecisionField.LOSS_SCALE.index() * type.bytes(), scale);
    type.put(fields, DecisionField.GOOD_STEPS.index() * type.bytes(), goodSteps);
    buffer.write(0, fields);
  }

  /**
   * Takes memory for more gradients, if there is too little, and goes on with what was decided.
   *
   * @throws DeviceOutOfMemoryException if there is none; the decision is as before
   */
  void ensureRoom(OptimizerBackend backend, long length) {
    long needed = DecisionField.elements(length);
    if (buffer.length() >= needed) {
      return;
    }
    DeviceBuffer larger = backend.allocate(buffer.dataType(), needed);
    try {
      DeviceBuffer fields = larger.slice(0, DecisionField.COUNT);
      fields.copyFrom(buffer.slice(0, DecisionField.COUNT));
    } catch (Throwable e) {
      larger.close();
      throw e;
    }
    buffer.close();
    buffer = larger;
  }

  /**
   * The policy.
   *
   * @return what decides
   */
  public GradientPolicy policy() {
    return policy;
  }

  /**
   * The memory, for backends: {@link DecisionField} says what is in it.
   *
   * @return a buffer of the type that the gradients are computed in
   */
  public DeviceBuffer buffer() {
    return buffer;
  }

  /**
   * The norm of the gradients that were measured last, loss scale taken out, before clipping. Waits
   * for the device.
   *
   * @return the norm; infinite or NaN if they were not finite
   */
  public double norm() {
    return read(DecisionField.NORM);
  }

  /**
   * Whether the gradients that were measured last are not stepped by. Waits for the device.
   *
   * @return whether the steps after it change nothing
   */
  public boolean isSkipping() {
    return read(DecisionField.SKIP) != 0;
  }

  /**
   * How often gradients were measured that are not stepped by. Waits for the device.
   *
   * @return the count, exact up to 2²⁴ in floats
   */
  public long skipped() {
    return (long) read(DecisionField.SKIPPED);
  }

  /**
   * How many of the last measurements in a row were not stepped by. Waits for the device.
   *
   * @return the count, exact up to 2²⁴ in floats; 0 after gradients that are stepped by
   */
  public long skippedInARow() {
    return (long) read(DecisionField.SKIPPED_IN_A_ROW);
  }

  /**
   * What the next loss is to be multiplied by. Waits for the device if the policy's loss scale is a
   * dynamic one.
   *
   * @return the loss scale
   */
  public double lossScale() {
    return policy.lossScale().isDynamic()
        ? read(DecisionField.LOSS_SCALE)
        : buffer.dataType().round(policy.lossScale().initial());
  }

  /** How many good steps in a row there were since a dynamic loss scale changed; waits for it. */
  int goodSteps() {
    return policy.lossScale().isDynamic() ? (int) read(DecisionField.GOOD_STEPS) : 0;
  }

  private double read(DecisionField field) {
    DataType type = buffer.dataType();
    ByteBuffer bytes = ByteBuffer.allocate(type.bytes()).order(ByteOrder.nativeOrder());
    buffer.read(field.index(), bytes);
    return type.get(bytes, 0);
  }

  /** Frees the memory; a second call does nothing. */
  @Override
  public void close() {
    buffer.close();
  }
}
