package dev.rootmean;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Where a device keeps what a {@link GradientPolicy} has decided: {@link OptimizerBackend#measure}
 * writes it, the steps after it read it, and neither waits for the host. The host's methods here
 * do: they read the device's memory, after all that is queued.
 */
public final class GradientControl implements AutoCloseable {
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

  /** Index of the first chunk's sum. */
  public static final int SUMS = 8;

  private final GradientPolicy policy;
  private final DeviceBuffer buffer;

  private GradientControl(GradientPolicy policy, DeviceBuffer buffer) {
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
   * @return the control, as before the first step; if it cannot be had, nothing is kept
   * @throws IllegalArgumentException if the type cannot hold the policy's loss scale or clips, or
   *     their inverse
   * @throws DeviceOutOfMemoryException if the device has too little memory left
   */
  public static GradientControl allocate(
      OptimizerBackend backend, GradientPolicy policy, DataType type, long length) {
    Objects.requireNonNull(policy, "policy");
    double scale = type.round(policy.lossScale().initial());
    double inverse = type.round(1 / type.round(scale * type.round(policy.microBatches())));
    require(inverse > 0 && Double.isFinite(inverse), "lossScale", policy.lossScale(), type);
    require(type.round(policy.valueClip()) > 0, "valueClip", policy.valueClip(), type);
    require(type.round(policy.normClip()) > 0, "normClip", policy.normClip(), type);
    DeviceBuffer buffer = backend.allocate(type, SUMS + chunks(length));
    GradientControl control = new GradientControl(policy, buffer);
    try {
      control.write(FACTOR, inverse);
      control.write(BOUND, policy.valueClip());
      control.write(LOSS_SCALE, scale);
    } catch (RuntimeException e) {
      buffer.close();
      throw e;
    }
    return control;
  }

  private static void require(boolean usable, String name, Object value, DataType type) {
    if (!usable) {
      throw new IllegalArgumentException(
          "%s %s cannot be used in %s: expected a value of ordinary size"
              .formatted(name, value, type));
    }
  }

  /**
   * How many sums there are for some gradients.
   *
   * @param length the number of gradients
   * @return the number of chunks
   */
  public static long chunks(long length) {
    return (length + CHUNK - 1) / CHUNK;
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
