package dev.rootmean.djl;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;

/**
 * The buffer that an array is to a backend: the array's own memory if the backend steps there,
 * otherwise memory of the backend's.
 */
final class ArrayBuffer implements AutoCloseable {
  private final OptimizerBackend backend;
  private final boolean wraps;

  /** Null before the first array. */
  private DeviceBuffer buffer;

  private long address;

  ArrayBuffer(OptimizerBackend backend, boolean wraps) {
    this.backend = backend;
    this.wraps = wraps;
  }

  /** Brings an array of always the same length and type. */
  DeviceBuffer load(HostArray array) {
    if (!wraps) {
      if (buffer == null) {
        buffer = backend.allocate(array.type(), array.shape().size());
      }
      buffer.write(0, array.bytes());
    } else if (buffer == null || address != array.memory().address()) { // mostly it is the last one
      close();
      buffer = backend.wrap(array.memory());
      address = array.memory().address();
    }
    return buffer;
  }

  /** Gives the array what was stepped. */
  void store(HostArray array) {
    if (!wraps) {
      buffer.read(0, array.bytes());
    }
    array.writeBack();
  }

  @Override
  public void close() {
    if (buffer != null) {
      buffer.close();
      buffer = null;
    }
  }
}
