package dev.rootmean.spi;

import dev.rootmean.DeviceLostException;

/** Whether a backend is open; once it is closed, or its device is lost, every call is told so. */
final class Liveness {
  private final String backend;
  private DeviceLostException lost;
  private boolean released;

  /** Set without the lock that calls take turns by: a call that waits for it is to see it. */
  private volatile boolean closed;

  Liveness(String backend) {
    this.backend = backend;
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the " + backend + " backend is closed");
    }
    if (lost != null) {
      throw new DeviceLostException(
          backend,
          lost.operation(),
          lost.nativeCode(),
          lost.nativeCodeName(),
          "the device was lost earlier, see the cause: close this backend",
          lost);
    }
  }

  boolean isClosed() {
    return closed;
  }

  void close() {
    closed = true;
  }

  boolean isReleased() {
    return released;
  }

  void release() {
    released = true;
  }

  boolean isLost() {
    return lost != null;
  }

  /** Remembers why the device is lost; whether it was not lost already, whose reason stays. */
  boolean lost(DeviceLostException e) {
    if (lost != null) {
      return false;
    }
    lost = e;
    return true;
  }

  /** Puts a fuller account in the place of the reason. */
  void explain(DeviceLostException e) {
    lost = e;
  }
}
