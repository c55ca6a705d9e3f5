package dev.rootmean.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.rootmean.DeviceBuffer;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What is kept of parameters, as arrays. The name of each is the parameter's in its block, a point,
 * and what it is of that parameter.
 */
final class SavedState {
  private static final String UPDATES = "updates";

  private final NDList arrays;
  private final Set<String> taken = new HashSet<>();

  SavedState(NDList arrays) {
    this.arrays = arrays;
  }

  void add(String name, SteppedParameter parameter, NDManager manager) {
    DataType type = theirs(parameter);
    for (Map.Entry<String, DeviceBuffer> kept : parameter.accumulators().entrySet()) {
      long bytes = kept.getValue().length() * type.getNumOfBytes();
      ByteBuffer elements = manager.allocateDirect(Math.toIntExact(bytes));
      kept.getValue().read(0, elements);
      add(name, kept.getKey(), manager.create(elements.rewind(), parameter.shape(), type));
    }
    add(name, UPDATES, manager.create(parameter.updates()));
  }

  private void add(String name, String what, NDArray array) {
    array.setName(name + "." + what);
    arrays.add(array);
  }

  boolean has(String name) {
    return arrays.contains(name + "." + UPDATES);
  }

  int updates(String name) {
    return take(name, UPDATES, DataType.INT32, new Shape()).getInt();
  }

  void restore(String name, SteppedParameter parameter) {
    for (Map.Entry<String, DeviceBuffer> kept : parameter.accumulators().entrySet()) {
      NDArray array = take(name, kept.getKey(), theirs(parameter), parameter.shape());
      kept.getValue().write(0, array.toByteBuffer());
    }
  }

  private static DataType theirs(SteppedParameter parameter) {
    return DataType.valueOf(parameter.type().name());
  }

  private NDArray take(String name, String what, DataType type, Shape shape) {
    String whole = name + "." + what;
    NDArray array = arrays.get(whole);
    if (array == null) {
      throw refused(whole, "missing", "the state of a rule with the same accumulators");
    }
    if (array.getDataType() != type || !array.getShape().equals(shape)) {
      throw refused(
          whole, array.getDataType().name() + " " + array.getShape(), type.name() + " " + shape);
    }
    taken.add(whole);
    return array;
  }

  /** Refuses what belongs to another model, or to a rule with more accumulators. */
  void requireAllTaken() {
    for (NDArray array : arrays) {
      if (!taken.contains(String.valueOf(array.getName()))) {
        throw refused(
            array.getName(),
            "left over",
            "the state of this model, and of a rule with the same accumulators");
      }
    }
  }

  private static IllegalArgumentException refused(String name, String is, String expected) {
    return new IllegalArgumentException(
        "the state's " + name + " is " + is + ": expected " + expected);
  }
}
