package dev.rootmean.spi;

import java.nio.Buffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;

/**
 * The host's end of a transfer. What a backend cannot take as it is, bytes in a foreign order or
 * without an array to get at, goes through an array, a part at a time. A Java array goes in parts
 * too: while a native call has one, no garbage can be collected, and every thread that allocates
 * may have to wait.
 */
final class HostMemory {
  /** Elements that are staged at a time. */
  private static final int STAGED = 1 << 16;

  /** Bytes of an array that a native call gets: 10 ms at the 1.6 GB/s of a slow bus. */
  private static final int LENT = 16 << 20;

  /** Moves what remains in a buffer, from or to the device's element {@code at} on. */
  interface Transfer {
    void move(long at, Buffer host);
  }

  private HostMemory() {}

  static void send(Buffer source, long offset, Transfer transfer) {
    if (isReachable(source)) {
      move(source, offset, transfer);
      return;
    }
    Buffer part = part(source);
    for (long at = offset; source.hasRemaining(); at += part.limit()) {
      copy(source, part.clear());
      transfer.move(at, part.flip());
    }
  }

  static void receive(Buffer target, long offset, Transfer transfer) {
    if (isReachable(target)) {
      move(target, offset, transfer);
      return;
    }
    Buffer part = part(target);
    for (long at = offset; target.hasRemaining(); at += part.limit()) {
      transfer.move(at, part.clear().limit(Math.min(part.capacity(), target.remaining())));
      copy(part.rewind(), target);
    }
  }

  private static void move(Buffer host, long offset, Transfer transfer) {
    int first = host.position();
    int last = host.limit();
    int most = host.hasArray() ? LENT / bytes(host) : Integer.MAX_VALUE;
    for (int from = first; from < last; from += Math.min(most, last - from)) {
      host.limit(from + Math.min(most, last - from)).position(from);
      transfer.move(offset + from - first, host);
    }
  }

  private static int bytes(Buffer elements) {
    return elements instanceof FloatBuffer ? Float.BYTES : Double.BYTES;
  }

  private static boolean isReachable(Buffer buffer) {
    ByteOrder order =
        buffer instanceof FloatBuffer floats ? floats.order() : ((DoubleBuffer) buffer).order();
    return buffer.hasArray() || (buffer.isDirect() && order == ByteOrder.nativeOrder());
  }

  private static Buffer part(Buffer whole) {
    int length = Math.min(STAGED, whole.remaining());
    return whole instanceof FloatBuffer
        ? FloatBuffer.allocate(length)
        : DoubleBuffer.allocate(length);
  }

  /** Copies as many elements as remain in the source and fit the target. */
  private static void copy(Buffer source, Buffer target) {
    int limit = source.limit();
    source.limit(source.position() + Math.min(source.remaining(), target.remaining()));
    if (source instanceof FloatBuffer floats) {
      ((FloatBuffer) target).put(floats);
    } else {
      ((DoubleBuffer) target).put((DoubleBuffer) source);
    }
    source.limit(limit);
  }
}
