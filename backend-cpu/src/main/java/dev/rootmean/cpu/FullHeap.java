package dev.rootmean.cpu;

import dev.rootmean.DeviceOutOfMemoryException;

/** A full Java heap, told as the device's memory being used up. */
final class FullHeap {
  /** For a heap that has no room for another; its stack trace is that of the opening. */
  private final DeviceOutOfMemoryException prepared = exception("allocate", "this", null);

  DeviceOutOfMemoryException during(
      String operation, long count, String things, OutOfMemoryError cause) {
    try {
      return exception(operation, count + things, cause);
    } catch (OutOfMemoryError e) {
      return prepared;
    }
  }

  static DeviceOutOfMemoryException exception(
      String operation, String what, OutOfMemoryError cause) {
    return new DeviceOutOfMemoryException(
        CpuDevice.NAME,
        operation,
        0,
        "",
        what + ": too much for the Java heap of " + CpuDevice.memory() + " bytes: raise -Xmx",
        cause);
  }
}
