package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.HostBuffer;
import dev.rootmean.spi.PinnedBuffers.Pinned;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * The one implementation of {@link HostBuffer}.
 *
 * @param <M> the device's handle of an allocation
 */
final class BackendHostBuffer<M> implements HostBuffer {
  /** What drivers pin; no page is pinned twice, as no two of these share one. */
  private static final int PAGE = 4096;

  private static final int MOST_BYTES = Integer.MAX_VALUE - 2 * PAGE;

  private final DeviceBackend<M> backend;
  private final OwnedDevice<M> device;
  private final DataType type;
  private final Pinned<M> pinned;
  private final Cleaner.Cleanable leak;

  /**
   * Pins memory; the caller holds the device's monitor.
   *
   * @param memory from {@link #memory}
   */
  BackendHostBuffer(
      DeviceBackend<M> backend, OwnedDevice<M> device, DataType type, ByteBuffer memory) {
    this.backend = backend;
    this.device = device;
    this.type = type;
    this.pinned = device.pinned.pin(memory);
    try {
      this.leak = device.pinned.watch(this, pinned);
    } catch (Throwable e) {
      device.pinned.release(pinned);
      throw e;
    }
  }

  /**
   * Takes memory of whole pages, filled with zeros. That may take long, and wait for the garbage
   * collector, so the caller does not hold the device's monitor.
   */
  static ByteBuffer memory(String backend, DataType type, long length) {
    int most = MOST_BYTES / type.bytes();
    if (length < 1 || length > most) {
      throw new IllegalArgumentException(
          "length " + length + ": expected 1 to " + most + ", the most that a ByteBuffer has");
    }
    int bytes = (int) length * type.bytes();
    int whole = (bytes + PAGE - 1) / PAGE * PAGE;
    try {
      ByteBuffer pages = ByteBuffer.allocateDirect(whole + PAGE).alignedSlice(PAGE);
      return pages.limit(bytes).slice().order(ByteOrder.nativeOrder());
    } catch (OutOfMemoryError e) {
      String reason = bytes + " bytes of direct memory: raise -XX:MaxDirectMemorySize";
      throw new DeviceOutOfMemoryException(backend, "allocateHost", 0, "", reason, e);
    }
  }

  /** Overwrites a buffer from memory of its backend, or of another one. */
  static <M> void write(HostBuffer source, BackendBuffer<M> target) {
    Objects.requireNonNull(source, "source");
    requireSame(source, target);
    BackendHostBuffer<M> own = own(source, target);
    if (own == null) {
      target.write(0, source.bytes());
      return;
    }
    synchronized (own.device) {
      target.backend().requireUsable(target);
      own.requireUsable();
      own.device.pinned.send(target.range(), own.pinned);
      target.written();
    }
  }

  /** Copies a buffer to memory of its backend, or of another one. */
  static <M> void read(BackendBuffer<M> source, HostBuffer target) {
    Objects.requireNonNull(target, "target");
    requireSame(target, source);
    BackendHostBuffer<M> own = own(target, source);
    if (own == null) {
      source.read(0, target.bytes());
      return;
    }
    synchronized (own.device) {
      source.backend().requireUsable(source);
      own.requireUsable();
      own.device.pinned.receive(source.range(), own.pinned);
    }
  }

  private static void requireSame(HostBuffer host, BackendBuffer<?> buffer) {
    if (host.dataType() != buffer.dataType() || host.length() != buffer.length()) {
      throw new IllegalArgumentException(
          host + ": expected the type and the length of " + buffer + ", or of a slice of it");
    }
  }

  /** Null if it is another backend's. */
  @SuppressWarnings("unchecked") // of one backend, which holds memory of one kind
  private static <M> BackendHostBuffer<M> own(HostBuffer host, BackendBuffer<M> buffer) {
    boolean isOwn = host instanceof BackendHostBuffer<?> b && b.backend == buffer.backend();
    return isOwn ? (BackendHostBuffer<M>) host : null;
  }

  private void requireUsable() {
    device.liveness.requireOpen();
    if (pinned.isReleased()) {
      throw new IllegalStateException("the buffer " + this + " is closed");
    }
  }

  @Override
  public DataType dataType() {
    return type;
  }

  @Override
  public long length() {
    return pinned.bytes.capacity() / type.bytes();
  }

  @Override
  public ByteBuffer bytes() {
    synchronized (device) {
      requireUsable();
      device.pinned.await(pinned);
    }
    return pinned.bytes.duplicate().order(ByteOrder.nativeOrder()); // which a duplicate forgets
  }

  @Override
  public void close() {
    synchronized (device) {
      device.pinned.release(pinned);
    }
    leak.clean();
  }

  @Override
  public String toString() {
    return type + "[" + length() + "] of the host, for " + backend.info().name();
  }
}
