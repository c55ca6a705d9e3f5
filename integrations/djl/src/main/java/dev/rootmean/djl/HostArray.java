package dev.rootmean.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.rootmean.DataType;
import dev.rootmean.ForeignMemory;
import java.nio.ByteBuffer;
import java.util.Locale;

/**
 * The elements of an array, one behind another: in its own memory if they lie there so, otherwise
 * in a copy, which {@link #writeBack} brings back. To be used until the array's manager is closed.
 */
final class HostArray {
  private static final byte[] ZEROS = new byte[1 << 14];

  private final NDArray array;
  private final ByteBuffer bytes;
  private final ForeignMemory memory;

  /**
   * Looks at an array that {@link #of} would not refuse.
   *
   * @param array whose manager frees the copy, if there must be one
   */
  HostArray(NDArray array) {
    this.array = array;
    bytes = array.toByteBuffer(true);
    memory = memory(bytes);
  }

  /**
   * Looks at an array, past its autograd.
   *
   * @param what it is, for messages
   * @param scope frees what is made for it
   * @throws IllegalArgumentException if its elements cannot be stepped
   */
  static HostArray of(String what, NDArray array, NDManager scope) {
    requireUsable(what, array);
    NDArray alias = array.stopGradient();
    alias.attach(scope);
    return new HostArray(alias);
  }

  /** Refuses an array whose elements cannot be stepped; the type of those that can be. */
  static DataType requireUsable(String what, NDArray array) {
    String engine = array.getManager().getEngine().getEngineName();
    if (!engine.equals("PyTorch")) {
      throw refused(what, "of the engine " + engine, "an array of PyTorch's");
    }
    if (!array.getDevice().getDeviceType().equals(Device.Type.CPU)) {
      throw refused(what, "on " + array.getDevice(), "cpu(), as DJL gives no address on a GPU");
    }
    if (array.isSparse()) {
      throw refused(what, "sparse", "a dense array");
    }
    long bytes = array.size() * array.getDataType().getNumOfBytes();
    if (bytes > Integer.MAX_VALUE) {
      throw refused(what, "of " + bytes + " bytes", "less than 2^31, as DJL shows no more at once");
    }
    return switch (array.getDataType()) {
      case FLOAT32 -> DataType.FLOAT32;
      case FLOAT64 -> DataType.FLOAT64;
      default -> throw refused(what, array.getDataType().name(), "FLOAT32 or FLOAT64");
    };
  }

  private static IllegalArgumentException refused(String what, String is, String expected) {
    return new IllegalArgumentException(
        String.format(Locale.ROOT, "%s is %s: expected %s", what, is, expected));
  }

  private ForeignMemory memory(ByteBuffer bytes) {
    return type() == DataType.FLOAT32
        ? ForeignMemory.of(bytes.asFloatBuffer())
        : ForeignMemory.of(bytes.asDoubleBuffer());
  }

  DataType type() {
    return DataType.valueOf(array.getDataType().name());
  }

  Shape shape() {
    return array.getShape();
  }

  ForeignMemory memory() {
    return memory;
  }

  ByteBuffer bytes() {
    return bytes.duplicate().order(bytes.order());
  }

  /** The same array, or a new one if the factor is not 1. */
  HostArray times(float factor) {
    return factor == 1 ? this : new HostArray(array.mul(factor));
  }

  /**
   * DJL does not tell a copy from the memory itself. But it makes another copy each time, and the
   * first is not freed yet, so that their addresses differ.
   */
  private boolean isCopy() {
    return memory(array.toByteBuffer(true)).address() != memory.address();
  }

  /** Makes the array's elements those that the memory holds now. */
  void writeBack() {
    if (isCopy()) {
      NDManager scope = array.getManager();
      array.set(new NDIndex("..."), scope.create(bytes(), shape(), array.getDataType()));
    }
  }

  /** Fills the array with zeros. */
  void zero() {
    ByteBuffer rest = bytes();
    while (rest.hasRemaining()) {
      rest.put(ZEROS, 0, Math.min(ZEROS.length, rest.remaining()));
    }
    writeBack();
  }
}
