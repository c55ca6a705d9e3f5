package dev.rootmean;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where a device keeps what a {@link GradientPolicy} has decided: {@link OptimizerBackend#measure}
 * writes it, the steps after it read it, and neither waits for the host. The host's methods here
 * do: they read the device's memory, after all that is queued.
 */
public final class GradientDecision implements AutoCloseable {
  /** Elements whose squares are summed apart. */
  public static final int CHUNK = 16_384;

  /** Sums that a chunk is added up in, side by side. */
  public static final int LANES = 1_024;

  /** Index of what every gradient is multiplied by. */
  public static final int FACTOR = 0;

  /** Index of the largest magnitude that is left of it. */
  public static final int BOUND = 1;

  /** Index of 1 if the step is to change nothing, otherwise 0. */
  public static final int SKIP = 2;

  /** Index of the norm of all gradients, before clipping. */
  public static final int NORM = 3;

  /** Index of the loss scale that the next gradients are to have. */
  public static final int LOSS_SCALE = 4;

  /** Index of the number of good steps in a row since the loss scale changed. */
  public static final int GOOD_STEPS = 5;

  /** Index of the number of steps that were to change nothing. */
  public static final int SKIPPED = 6;

  /** Index of the number of steps in a row, up to the last, that were to change nothing. */
  public static final int SKIPPED_IN_A_ROW = 7;

  /** Index of the first chunk's sum. */
  public static final int SUMS = 8;

  private final GradientPolicy policy;
  private final DeviceBuffer buffer;

  private GradientDecision(GradientPolicy policy, DeviceBuffer buffer) {
    this.policy = policy;
    this.buffer = buffer;
  }

  /**
   * Takes the memory: a few elements, and one for each {@value #CHUNK} gradients.
   *
   * @param backend takes the memory
   * @param policy decides
   * @param type the type of the gradients
   * @param length the number of gradients, at least 1
   * @return the decision, as before the first step; if it cannot be had, nothing is kept
   * @throws IllegalArgumentException if {@code length} is less than 1, or the type cannot hold the
   *     policy's loss scale, its inverse, the clips or the norm's epsilon
   * @throws DeviceOutOfMemoryException if the device has too little memory left
   */
  public static GradientDecision allocate(
      OptimizerBackend backend, GradientPolicy policy, DataType type, long length) {
    return allocate(backend, policy, type, length, policy.lossScale().initial(), 0);
  }

  /** The same, with the loss scale, and the good steps with it, that there were at some time. */
  static GradientDecision allocate(
      OptimizerBackend backend,
      GradientPolicy policy,
      DataType type,
      long length,
      double lossScale,
      int goodSteps) {
    if (length < 1) {
      throw new IllegalArgumentException("length " + length + ": expected at least 1");
    }
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
    type.requireNotLost("least loss scale", policy.lossScale().least());
    type.requireNotLost("valueClip", policy.valueClip());
    type.requireNotLost("normClip", policy.normClip());
    type.requireNotLost("normClipEpsilon", policy.normClipEpsilon());
    DeviceBuffer buffer = backend.allocate(type, SUMS + chunks(length));
    boolean complete = false;
    try {
      GradientDecision decision = new GradientDecision(policy, buffer);
      decision.write(FACTOR, inverse);
      decision.write(BOUND, policy.valueClip());
      decision.write(LOSS_SCALE, scale);
      decision.write(GOOD_STEPS, goodSteps);
      complete = true;
      return decision;
    } finally {
      if (!complete) {
        buffer.close();
      }
    }
  }

  /**
   * How many sums there are for some gradients.
   *
   * @param length the number of gradients, at least 1
   * @return the number of chunks
   */
  public static long chunks(long length) {
    return (length - 1) / CHUNK + 1;
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
   * The memory: what the indices above name, and the chunks' sums.
   *
   * @return a buffer of the gradients' type
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
    return read(NORM);
  }

  /**
   * Whether the gradients that were measured last are not stepped by. Waits for the device.
   *
   * @return whether the steps after it change nothing
   */
  public boolean isSkipping() {
    return read(SKIP) != 0;
  }

  /**
   * How often gradients were measured that are not stepped by. Waits for the device.
   *
   * @return the count, exact up to 2²⁴ in floats
   */
  public long skipped() {
    return (long) read(SKIPPED);
  }

  /**
   * How many of the last measurements in a row were not stepped by. Waits for the device.
   *
   * @return the count, exact up to 2²⁴ in floats; 0 after gradients that are stepped by
   */
  public long skippedInARow() {
    return (long) read(SKIPPED_IN_A_ROW);
  }

  /**
   * What the next loss is to be multiplied by. Waits for the device if the policy's loss scale is a
   * dynamic one.
   *
   * @return the loss scale
   */
  public double lossScale() {
    return policy.lossScale().isDynamic()
        ? read(LOSS_SCALE)
        : buffer.dataType().round(policy.lossScale().initial());
  }

  /** How many good steps in a row there were since a dynamic loss scale changed; waits for it. */
  int goodSteps() {
    return policy.lossScale().isDynamic() ? (int) read(GOOD_STEPS) : 0;
  }

  private double read(int index) {
    DataType type = buffer.dataType();
    ByteBuffer bytes = ByteBuffer.allocate(type.bytes()).order(ByteOrder.nativeOrder());
    buffer.read(index, bytes);
    return switch (type) {
      case FLOAT32 -> bytes.getFloat(0);
      case FLOAT64 -> bytes.getDouble(0);
    };
  }

  private void write(int index, double value) {
    DataType type = buffer.dataType();
    ByteBuffer bytes = ByteBuffer.allocate(type.bytes()).order(ByteOrder.nativeOrder());
    switch (type) {
      case FLOAT32 -> bytes.putFloat(0, (float) value);
      case FLOAT64 -> bytes.putDouble(0, value);
    }
    buffer.write(index, bytes);
  }

  /** Frees the memory; a second call does nothing. */
  @Override
  public void close() {
    buffer.close();
  }
}
