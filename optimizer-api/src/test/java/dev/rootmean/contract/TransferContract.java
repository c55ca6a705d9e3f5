package dev.rootmean.contract;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DeviceBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is what is read, to the last bit and nowhere else. */
interface TransferContract extends BackendUnderTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 17, 1024, 16_384, 16_385, 100_003})
  default void newMemoryIsZero(int length) {
    float[] used = new float[length];
    Arrays.fill(used, 7);
    for (int round = 0; round < 3; round++) { // from the second on it may be memory used before
      try (DeviceBuffer buffer = backend().allocate(FLOAT32, length)) {
        assertEquals(FLOAT32, buffer.dataType());
        assertEquals(length, buffer.length());
        Bits.assertHolds("new memory, round " + round, buffer, new float[length]);
        buffer.write(used);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 1024, 16_383, 40_000})
  default void arraysKeepEveryBit(int length) {
    float[] source = Numbers.BITS.take(length, 1);
    try (DeviceBuffer buffer = backend().allocate(FLOAT32, length)) {
      buffer.write(source);
      float[] target = new float[length];
      buffer.read(target);
      assertArrayEquals(rawBits(source), rawBits(target));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 1",
    "1, 0, 4",
    "3, 5, 33",
    "16380, 7, 9",
    "16384, 1, 16384",
    "1, 16385, 20000",
    "39999, 3, 1",
    "0, 10000, 40000",
    "40000, 50000, 0",
    "0, 0, 0"
  })
  default void arraysAreCopiedByRange(int offset, int arrayOffset, int count) {
    float[] expected = Numbers.ORDINARY.take(40_000, 1);
    float[] source = Numbers.ORDINARY.take(50_000, 2);
    float[] target = Numbers.ORDINARY.take(50_000, 3);
    float[] expectedTarget = target.clone();
    try (DeviceBuffer buffer = backend().allocate(FLOAT32, expected.length)) {
      buffer.write(expected);
      buffer.read(offset, target, arrayOffset, count);
      System.arraycopy(expected, offset, expectedTarget, arrayOffset, count);
      Bits.assertSame("what was read", expectedTarget, target);

      buffer.write(offset, source, arrayOffset, count);
      System.arraycopy(source, arrayOffset, expected, offset, count);
      Bits.assertHolds("what was written", buffer, expected);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "false, LITTLE_ENDIAN",
    "false, BIG_ENDIAN",
    "true, LITTLE_ENDIAN",
    "true, BIG_ENDIAN"
  })
  default void bytesAreCopiedBetweenPositionAndLimit(boolean direct, String byteOrder) {
    ByteOrder order = byteOrder.startsWith("L") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    int length = 20_000;
    float[] expected = Numbers.ORDINARY.take(length, 1);
    for (int[] range : new int[][] {{0, length}, {5, 3}, {16_383, 2}, {17, 17_000}, {length, 0}}) {
      int offset = range[0];
      int count = range[1];
      float[] patch = Numbers.BITS.take(count, 2);
      int start = 12; // in bytes, and not where a buffer begins
      ByteBuffer bytes = allocate(direct, start + 4 * count + 8).order(order).position(start);
      bytes.asFloatBuffer().put(patch);
      bytes.limit(start + 4 * count);
      try (DeviceBuffer buffer = backend().allocate(FLOAT32, length)) {
        buffer.write(expected);
        buffer.write(offset, count % 2 == 0 ? bytes : bytes.asReadOnlyBuffer().order(order));
        float[] wanted = expected.clone();
        System.arraycopy(patch, 0, wanted, offset, count);
        Bits.assertHolds("written from bytes", buffer, wanted);

        ByteBuffer target = allocate(direct, bytes.capacity()).order(order).position(start);
        target.limit(bytes.limit());
        buffer.read(offset, target);
        assertEquals(0, target.remaining());
        assertEquals(bytes.clear(), target.clear(), "bytes, and none outside");
      }
    }
  }

  @Test
  default void bytesMoveThePositionToTheLimit() {
    try (DeviceBuffer buffer = backend().allocate(FLOAT32, 10)) {
      ByteBuffer bytes = ByteBuffer.allocate(100).position(3).limit(23);
      buffer.write(4, bytes);
      assertEquals(23, bytes.position());
      assertEquals(23, bytes.limit());
      bytes.limit(90).position(50);
      buffer.read(0, bytes);
      assertEquals(90, bytes.position());
      assertEquals(90, bytes.limit());
      assertEquals(ByteOrder.BIG_ENDIAN, bytes.order());
    }
  }

  private static ByteBuffer allocate(boolean direct, int bytes) {
    return direct ? ByteBuffer.allocateDirect(bytes) : ByteBuffer.allocate(bytes);
  }

  private static int[] rawBits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }
}
