package dev.rootmean.spark;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * What goes from task to task, as bytes in an order of its own: whoever reads them makes no object
 * of them but numbers.
 *
 * <p>Floats of a shard, behind a header: a loss, and either a worker's number, or how many sums of
 * chunks there are, and these.
 */
final class Blob {
  /** A loss, and a number. */
  private static final int HEADER = Double.BYTES + Integer.BYTES;

  private Blob() {}

  private static ByteBuffer of(byte[] blob) {
    return ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A blob without its floats. */
  static byte[] of(double loss, int number, int floats) {
    byte[] blob = new byte[HEADER + floats * Float.BYTES];
    of(blob).putDouble(loss).putInt(number);
    return blob;
  }

  static double loss(byte[] blob) {
    return of(blob).getDouble();
  }

  static int number(byte[] blob) {
    return of(blob).getInt(Double.BYTES);
  }

  /** The floats' bytes, from one of them on. */
  static ByteBuffer floats(byte[] blob, int first) {
    int start = HEADER + first * Float.BYTES;
    return of(blob).position(start).slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The header, and as many floats as its number says. */
  static byte[] head(byte[] blob) {
    return Arrays.copyOf(blob, HEADER + number(blob) * Float.BYTES);
  }

  /** The floats of all heads, one after the other. */
  static float[] numbers(List<byte[]> heads) {
    float[] numbers = new float[heads.stream().mapToInt(Blob::number).sum()];
    int next = 0;
    for (byte[] head : heads) {
      floats(head, 0).asFloatBuffer().get(numbers, next, number(head));
      next += number(head);
    }
    return numbers;
  }
}
