package dev.rootmean.contract.machinery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.machinery.Trial.Layout;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is what is read, to the last bit and nowhere else. */
public interface TransferContract extends BackendUnderTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 17, 1024, 16_384, 16_385, 100_003})
  default void newMemoryIsZero(int length) {
    double[] used = new double[length];
    Arrays.fill(used, 7);
    for (int round = 0; round < 3; round++) { // from the second on it may be memory used before
      try (DeviceBuffer buffer = backend().allocate(type(), length)) {
        assertEquals(type(), buffer.dataType());
        assertEquals(length, buffer.length());
        Bits.assertHolds("new memory, round " + round, buffer, new double[length]);
        Elements.write(buffer, used);
      }
    }
  }

  /** NaNs with their payloads too. */
  @ParameterizedTest
  @ValueSource(ints = {1, 5, 1024, 16_383, 40_000})
  default void arraysKeepEveryBit(int length) {
    long[] bits = new SplittableRandom(length).longs(length).toArray();
    try (DeviceBuffer buffer = backend().allocate(type(), length)) {
      if (type() == DataType.FLOAT32) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
          values[i] = Float.intBitsToFloat((int) bits[i]);
        }
        buffer.write(values);
        float[] target = new float[length];
        buffer.read(target);
        for (int i = 0; i < length; i++) {
          assertEquals((int) bits[i], Float.floatToRawIntBits(target[i]), "element " + i);
        }
      } else {
        double[] values = new double[length];
        Arrays.setAll(values, i -> Double.longBitsToDouble(bits[i]));
        buffer.write(values);
        double[] target = new double[length];
        buffer.read(target);
        for (int i = 0; i < length; i++) {
          assertEquals(bits[i], Double.doubleToRawLongBits(target[i]), "element " + i);
        }
      }
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
    double[] expected = NumberKind.ORDINARY.take(type(), 40_000, 1);
    double[] source = NumberKind.ORDINARY.take(type(), 50_000, 2);
    double[] target = NumberKind.ORDINARY.take(type(), 50_000, 3);
    double[] expectedTarget = target.clone();
    try (DeviceBuffer buffer = backend().allocate(type(), expected.length)) {
      Elements.write(buffer, expected);
      Elements.read(buffer, offset, target, arrayOffset, count);
      System.arraycopy(expected, offset, expectedTarget, arrayOffset, count);
      Bits.assertSame("what was read", expectedTarget, target);

      Elements.write(buffer, offset, source, arrayOffset, count);
      System.arraycopy(source, arrayOffset, expected, offset, count);
      Bits.assertHolds("what was written", buffer, expected);
    }
  }

  /** By index, up to the limit; a position says nothing, and stays. */
  @ParameterizedTest
  @CsvSource({
    "0, 0, 1",
    "3, 5, 33",
    "16384, 1, 16384",
    "1, 16385, 20000",
    "39999, 3, 1",
    "5, 10000, 70000", // more than is staged at a time
    "80000, 90000, 0"
  })
  default void hostBuffersAreCopiedByRange(int offset, int index, int count) {
    double[] initial = NumberKind.ORDINARY.take(type(), 80_000, 1);
    double[] given = NumberKind.ORDINARY.take(type(), 90_000, 2);
    double[] written = initial.clone();
    System.arraycopy(given, index, written, offset, count);
    double[] read = given.clone();
    System.arraycopy(initial, offset, read, index, count);
    try (DeviceBuffer buffer = backend().allocate(type(), initial.length)) {
      for (Buffer host : HostBuffers.ofAllKinds(type(), given.length)) {
        String before = host.toString(); // its position and its limit are in it
        HostBuffers.put(host, given);
        for (Buffer source : List.of(host, HostBuffers.readOnly(host))) {
          Elements.write(buffer, initial);
          HostBuffers.write(buffer, offset, source, index, count);
          Bits.assertHolds("written from " + source, buffer, written);
        }
        Elements.write(buffer, initial);
        HostBuffers.read(buffer, offset, host, index, count);
        Bits.assertSame("read to " + before, read, HostBuffers.values(host));
        assertEquals(before, host.toString());
      }
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
    double[] expected = NumberKind.ORDINARY.take(type(), length, 1);
    for (int[] range : new int[][] {{0, length}, {5, 3}, {16_383, 2}, {17, 17_000}, {length, 0}}) {
      int offset = range[0];
      int count = range[1];
      double[] patch = NumberKind.ORDINARY.take(type(), count, 2);
      int start = 12; // in bytes, and not where a buffer begins
      int size = type().bytes();
      ByteBuffer bytes = allocate(direct, start + size * count + 8).order(order).position(start);
      put(patch, bytes.slice().order(order));
      bytes.limit(start + size * count);
      try (DeviceBuffer buffer = backend().allocate(type(), length)) {
        Elements.write(buffer, expected);
        buffer.write(offset, count % 2 == 0 ? bytes : bytes.asReadOnlyBuffer().order(order));
        double[] wanted = expected.clone();
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
    try (DeviceBuffer buffer = backend().allocate(type(), 10)) {
      int size = type().bytes();
      ByteBuffer bytes = ByteBuffer.allocate(25 * size).position(3).limit(3 + 5 * size);
      buffer.write(4, bytes);
      assertEquals(3 + 5 * size, bytes.position());
      assertEquals(3 + 5 * size, bytes.limit());
      bytes.limit(22 * size).position(12 * size);
      buffer.read(0, bytes);
      assertEquals(22 * size, bytes.position());
      assertEquals(22 * size, bytes.limit());
      assertEquals(ByteOrder.BIG_ENDIAN, bytes.order());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 1",
    "0, 0, 40000",
    "1, 3, 16384",
    "16383, 5, 16386",
    "16384, 0, 16384",
    "7, 16385, 20000",
    "39999, 39999, 1"
  })
  default void buffersAreCopiedOnTheDevice(int from, int to, int count) {
    double[] source = NumberKind.BITS.take(type(), 40_000, 1);
    double[] expected = NumberKind.ORDINARY.take(type(), 40_000, 2);
    try (DeviceBuffer a = backend().allocate(type(), source.length);
        DeviceBuffer b = backend().allocate(type(), expected.length)) {
      Elements.write(a, source);
      Elements.write(b, expected);
      b.slice(to, count).copyFrom(a.slice(from, count));
      System.arraycopy(source, from, expected, to, count);
      Bits.assertHolds("the target", b, expected);
      Bits.assertHolds("the source", a, source);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 1",
    "0, 0, 40000",
    "1, 3, 16384",
    "16383, 5, 16386",
    "4, 8, 20000",
    "39999, 39999, 1"
  })
  default void buffersAreAddedOnTheDevice(int from, int to, int count) {
    double[] addend = NumberKind.ORDINARY.take(type(), 40_000, 1);
    double[] expected = NumberKind.ORDINARY.take(type(), 40_000, 2);
    try (DeviceBuffer a = backend().allocate(type(), addend.length);
        DeviceBuffer b = backend().allocate(type(), expected.length)) {
      Elements.write(a, addend);
      Elements.write(b, expected);
      b.slice(to, count).add(a.slice(from, count));
      for (int i = 0; i < count; i++) {
        expected[to + i] = type().round(expected[to + i] + addend[from + i]);
      }
      Bits.assertHolds("the sum", b, expected);
      Bits.assertHolds("the addend", a, addend);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 40000", "1, 1", "3, 20000", "16383, 2", "16384, 16384"})
  default void zerosStayWithinTheirSlice(int offset, int count) {
    double[] expected = NumberKind.BITS.take(type(), 40_000, 1);
    try (DeviceBuffer buffer = backend().allocate(type(), expected.length)) {
      Elements.write(buffer, expected);
      buffer.slice(offset, count).zero();
      Arrays.fill(expected, offset, offset + count, 0);
      Bits.assertHolds("the buffer", buffer, expected);
    }
  }

  @Test
  default void aCopyTakesItsPlaceInTheQueue() {
    int length = 200_003;
    double[] zeros = new double[length];
    try (Trial trial = new Trial(backend(), type(), NamedRule.NESTEROV, length, Layout.WHOLE);
        DeviceBuffer copy = backend().allocate(type(), length)) {
      trial.steps(1, NumberKind.ORDINARY);
      copy.copyFrom(trial.params().part());
      double[] afterOne = trial.params().expected().clone();
      trial.steps(2, NumberKind.ORDINARY);
      Bits.assertHolds("the copy", copy, afterOne);
      trial.check();
      trial.grads().part().copyFrom(copy);
      Elements.write(copy, zeros);
      Bits.assertHolds("its copy", trial.grads().part(), afterOne);
    }
  }

  private void put(double[] values, ByteBuffer bytes) {
    for (double value : values) {
      if (type() == DataType.FLOAT32) {
        bytes.putFloat((float) value);
      } else {
        bytes.putDouble(value);
      }
    }
  }

  private static ByteBuffer allocate(boolean direct, int bytes) {
    return direct ? ByteBuffer.allocateDirect(bytes) : ByteBuffer.allocate(bytes);
  }
}
