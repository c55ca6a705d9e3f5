package dev.rootmean.contract;

import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.machinery.ScalarPolicy;
import dev.rootmean.contract.machinery.ScalarRows;
import dev.rootmean.contract.machinery.ScalarStep;
import dev.rootmean.spi.Device;
import dev.rootmean.spi.DeviceBackend;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import java.nio.Buffer;
import java.util.Set;

/**
 * The simplest device there is: scalar loops over heap arrays. It shows what a device has to do,
 * and stands in for one where a test needs any.
 */
public final class ScalarDevice implements Device<TypedArray> {
  private final ScalarStep step;
  private final ScalarPolicy policy;
  private final ScalarRows tables;

  /** A device without a fault. */
  public ScalarDevice() {
    this(new ScalarStep(), new ScalarPolicy(), new ScalarRows());
  }

  /**
   * A device of parts, in which faults may be planted.
   *
   * @param step does the steps
   * @param policy sums the squares and decides
   * @param tables does what is done with rows of tables
   */
  public ScalarDevice(ScalarStep step, ScalarPolicy policy, ScalarRows tables) {
    this.step = step;
    this.policy = policy;
    this.tables = tables;
  }

  /**
   * Makes a backend of such a device, or of one around it, that calls itself {@code scalar}.
   *
   * @param device from here on the backend's
   * @return the open backend
   */
  public static OptimizerBackend open(Device<TypedArray> device) {
    return open(device, true);
  }

  /**
   * The same, for a device whose bits are wrong: it does not say that they are right, and so is not
   * refused for them.
   *
   * @param device from here on the backend's
   * @return the open backend
   */
  public static OptimizerBackend openInexact(Device<TypedArray> device) {
    return open(device, false);
  }

  private static OptimizerBackend open(Device<TypedArray> device, boolean exact) {
    long memory = Runtime.getRuntime().maxMemory();
    Set<DataType> types = Set.of(DataType.FLOAT32, DataType.FLOAT64);
    return new DeviceBackend<>(
        new BackendInfo("scalar", "a Java loop", memory, exact, types), device);
  }

  @Override
  public TypedArray allocate(DataType type, long length) {
    if (length > Runtime.getRuntime().maxMemory() / type.bytes()) {
      throw new DeviceOutOfMemoryException(
          "scalar", "allocate", 0, "", length + " elements are more than the heap holds", null);
    }
    return new TypedArray(type, (int) length);
  }

  @Override
  public void free(TypedArray memory) {}

  @Override
  public void send(TypedArray target, DataType type, long at, Buffer source) {
    target.write((int) at, source);
  }

  @Override
  public void receive(TypedArray source, DataType type, long at, Buffer target) {
    source.read((int) at, target);
  }

  @Override
  public void copy(
      TypedArray source, long from, TypedArray target, long to, DataType type, long length) {
    target.copyFrom(source, (int) from, (int) to, (int) length);
  }

  @Override
  public void zero(TypedArray memory, DataType type, long at, long length) {
    memory.clear((int) at, (int) length);
  }

  @Override
  public void launch(Kernel kernel, Numbers numbers, Rows<TypedArray> rows) {
    switch (kernel.text()) {
      case "rmsprop", "rmsprop_block8" -> step.run(kernel, numbers, rows);
      case "step_rows" -> tables.step(step, kernel, numbers, rows);
      case "merge_rows" -> tables.merge(kernel, rows);
      case "add" -> add(rows);
      case "sum_squares" -> policy.sumSquares(kernel, rows);
      case "decide" -> policy.decide(kernel, numbers, rows);
      default -> throw new AssertionError(kernel);
    }
  }

  private static void add(Rows<TypedArray> rows) {
    for (int i = 0; i < rows.length(); i++) {
      int to = (int) rows.offset(0) + i;
      double addend = rows.memory(1).get((int) rows.offset(1) + i);
      rows.memory(0).set(to, rows.memory(0).get(to) + addend);
    }
  }

  @Override
  public void await() {}

  @Override
  public void release() {}
}
