package dev.rootmean.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tensors whose elements, and whose bytes, are more than an int counts. */
final class LongTensorsTest {
  /** Elements of four bytes, so that what lies behind them is beyond 2^34. */
  private static final long BEFORE = (1L << 32) + 5;

  private static final long LENGTH = (1L << 31) + 7;

  /** Bytes that are not 0, and where: at both ends and at either side of what counters hold. */
  private static final Map<Long, Byte> FAR =
      LongStream.of(0, 1L << 29, 1L << 30, (1L << 31) - 1, 1L << 31, LENGTH - 1)
          .collect(
              TreeMap::new,
              (map, at) -> map.put(at, (byte) (map.size() + 1)),
              (map, other) -> map.putAll(other));

  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(SafetensorsReader.PIECE);

  @TempDir private Path folder;

  /** The file is mostly holes, which take no room on the disk. */
  @Test
  void isReadWhereItLies() throws IOException {
    Path file = folder.resolve("x");
    long start = 4 * BEFORE;
    String header =
        "{"
            + SafetensorsText.tensor("before", "F32", "[" + BEFORE + "]", "[0," + start + "]")
            + ","
            + SafetensorsText.tensor(
                "w", "U8", "[" + LENGTH + "]", "[" + start + "," + (start + LENGTH) + "]")
            + "}";
    long data = (long) Long.BYTES + header.getBytes(StandardCharsets.UTF_8).length;
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(SafetensorsText.bytes(header)));
      for (Map.Entry<Long, Byte> each : FAR.entrySet()) {
        ByteBuffer one = ByteBuffer.wrap(new byte[] {each.getValue()});
        channel.write(one, data + start + each.getKey());
      }
    }
    Map<Long, Byte> found = new TreeMap<>();
    long[] reached = new long[1];
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      reader.read(
          "w",
          (offset, bytes) -> {
            assertEquals(reached[0], offset);
            reached[0] += bytes.remaining();
            addAll(offset, bytes, found);
          });
    }
    assertEquals(LENGTH, reached[0]);
    assertEquals(FAR, found);
  }

  /** Adds the bytes that are not 0. */
  private static void addAll(long offset, ByteBuffer bytes, Map<Long, Byte> found) {
    int next = fromHere(bytes);
    while (next >= 0) {
      int at = bytes.position() + next;
      found.put(offset + at, bytes.get(at));
      bytes.position(at + 1);
      next = fromHere(bytes);
    }
  }

  /** How far the next byte is that is not 0, or -1. */
  private static int fromHere(ByteBuffer bytes) {
    return bytes.mismatch(ZEROS.clear().limit(bytes.remaining()));
  }

  /** More than a disk has room for: to a channel that keeps nothing. */
  @Test
  void isWrittenPieceByPiece() throws IOException {
    long length = (1L << 40) + 3;
    long[] asked = new long[1];
    SafetensorsWriter.Source source =
        new SafetensorsWriter.Source(
            "w",
            List.of(length),
            DataType.FLOAT32,
            4 * length,
            (offset, bytes) -> {
              assertEquals(asked[0], offset);
              asked[0] += bytes.remaining() / 4;
              bytes.position(bytes.limit());
            });
    SafetensorsWriter writer = new SafetensorsWriter(Map.of());
    try (Counting written = new Counting()) {
      writer.write(written, source);
      assertEquals(length, asked[0]);
      assertEquals(4 * length, written.bytes);
    }
    String header = writer.header(List.of(source, source));
    assertTrue(header.contains("\"data_offsets\":[0,4398046511116]"), header);
    assertTrue(header.contains("\"data_offsets\":[4398046511116,8796093022232]"), header);
  }

  /** Takes half of what it is given, as channels may. */
  private static final class Counting implements WritableByteChannel {
    private long bytes;

    @Override
    public int write(ByteBuffer source) {
      int taken = (source.remaining() + 1) / 2;
      source.position(source.position() + taken);
      bytes += taken;
      return taken;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
