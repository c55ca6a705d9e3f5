package dev.rootmean.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A part of a file, byte by byte, of which little is held at a time. */
final class FileBytes {
  /** Instead of a byte, behind the last one. */
  static final int END = -1;

  private final FileChannel channel;
  private final long end;
  private final ByteBuffer buffer = ByteBuffer.allocate(8192).limit(0);

  /** Of the first byte behind the buffer. */
  private long filled;

  FileBytes(FileChannel channel, long start, long end) {
    this.channel = channel;
    this.filled = start;
    this.end = end;
  }

  /** The next byte, from 0 to 255, or {@link #END}. */
  int next() throws IOException {
    if (!buffer.hasRemaining()) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), end - filled));
      int count = buffer.hasRemaining() ? channel.read(buffer, filled) : END;
      buffer.flip();
      if (count == END) {
        return END;
      }
      filled += count;
    }
    return buffer.get() & 0xFF;
  }

  /** Has the byte that was read last be read again. */
  void back(int c) {
    if (c != END) {
      buffer.position(buffer.position() - 1);
    }
  }

  /** Where the byte is that comes next. */
  long position() {
    return filled - buffer.remaining();
  }
}
