package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.DataType.Carrier;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;

/**
 * The host's end of a transfer: buffers whose elements have the bits of a type, or floats for one
 * of at most 32 bits. What a backend cannot take as it is, such floats, bytes in a foreign order or
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

  private static Buffer array(DataType type, int length) {
    return switch (type.carrier()) {
      case FLOAT -> FloatBuffer.allocate(length);
      case DOUBLE -> DoubleBuffer.allocate(length);
      case SHORT -> ShortBuffer.allocate(length);
      case INT -> IntBuffer.allocate(length);
      case BYTE -> ByteBuffer.allocate(length);
    };
  }

  private static ByteOrder order(Buffer elements) {
    if (elements instanceof FloatBuffer floats) {
      return floats.order();
    }
    if (elements instanceof DoubleBuffer doubles) {
      return doubles.order();
    }
    if (elements instanceof ShortBuffer shorts) {
      return shorts.order();
    }
    return elements instanceof IntBuffer whole ? whole.order() : ByteOrder.nativeOrder();
  }

  static void send(Buffer source, DataType type, long offset, Transfer transfer) {
    if (isReachable(source, type)) {
      move(source, type, offset, transfer);
      return;
    }
    Buffer part = array(type, Math.min(STAGED, source.remaining()));
    for (long at = offset; source.hasRemaining(); at += part.limit()) {
      copy(source, part.clear(), type);
      transfer.move(at, part.flip());
    }
  }

  static void receive(Buffer target, DataType type, long offset, Transfer transfer) {
    if (isReachable(target, type)) {
      move(target, type, offset, transfer);
      return;
    }
    Buffer part = array(type, Math.min(STAGED, target.remaining()));
    for (long at = offset; target.hasRemaining(); at += part.limit()) {
      transfer.move(at, part.clear().limit(Math.min(part.capacity(), target.remaining())));
      copy(part.rewind(), target, type);
    }
  }

  private static void move(Buffer host, DataType type, long offset, Transfer transfer) {
    int first = host.position();
    int last = host.limit();
    int most = host.hasArray() ? LENT / type.bytes() : Integer.MAX_VALUE;
    for (int from = first; from < last; from += Math.min(most, last - from)) {
      host.limit(from + Math.min(most, last - from)).position(from);
      transfer.move(offset + from - first, host);
    }
  }

  private static boolean isReachable(Buffer buffer, DataType type) {
    boolean isRounded = type.carrier() != Carrier.FLOAT && buffer instanceof FloatBuffer;
    return !isRounded
        && (buffer.hasArray() || (buffer.isDirect() && order(buffer) == ByteOrder.nativeOrder()));
  }

  /** Copies as many elements as remain in the source and fit the target. */
  private static void copy(Buffer source, Buffer target, DataType type) {
    int limit = source.limit();
    source.limit(source.position() + Math.min(source.remaining(), target.remaining()));
    type.copy(source, target);
    source.limit(limit);
  }
}
