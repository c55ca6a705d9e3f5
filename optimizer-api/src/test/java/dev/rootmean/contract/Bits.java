package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.fail;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;

/** Equality to the last bit, where any NaN of 32 or 64 bits equals any NaN. */
public final class Bits {
  private Bits() {}

  /**
   * Fails unless all elements are the same.
   *
   * @param what names the numbers in the message
   * @param expected what they should be
   * @param actual what they are
   */
  public static void assertSame(String what, double[] expected, double[] actual) {
    if (expected.length != actual.length) {
      fail(what + ": expected " + expected.length + " elements but got " + actual.length);
    }
    int first = -1;
    int different = 0;
    for (int i = expected.length - 1; i >= 0; i--) {
      if (!same(expected[i], actual[i])) {
        first = i;
        different++;
      }
    }
    if (different > 0) {
      fail(
          String.format(
              Locale.ROOT,
              "%s: %d of %d elements differ, first [%d]: expected %s but got %s",
              what,
              different,
              expected.length,
              first,
              describe(expected[first]),
              describe(actual[first])));
    }
  }

  /**
   * Fails unless a device buffer holds what it should.
   *
   * @param what names the buffer in the message
   * @param buffer is read as a whole
   * @param expected what it should hold
   */
  public static void assertHolds(String what, DeviceBuffer buffer, double[] expected) {
    double[] found = new double[Math.toIntExact(buffer.length())];
    Elements.read(buffer, found);
    assertSame(what, expected, found);
    DataType type = buffer.dataType();
    if (type.bytes() == Short.BYTES && Arrays.stream(found).anyMatch(Double::isNaN)) {
      assertOneNan(what, buffer, type == DataType.BFLOAT16 ? 0x7FC0 : 0x7E00);
    }
  }

  /** In 16 bits a NaN is stored as one pattern, and tests write no other one. */
  private static void assertOneNan(String what, DeviceBuffer buffer, int nan) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.toIntExact(buffer.length()) * Short.BYTES)
            .order(ByteOrder.nativeOrder());
    buffer.read(0, bytes);
    for (int at = 0; at < bytes.capacity(); at += Short.BYTES) {
      if (Double.isNaN(buffer.dataType().get(bytes, at)) && bytes.getShort(at) != nan) {
        fail(
            String.format(
                Locale.ROOT,
                "%s: a NaN at [%d] is stored as %04x: expected %04x",
                what,
                at / Short.BYTES,
                bytes.getShort(at),
                nan));
      }
    }
  }

  private static boolean same(double a, double b) {
    return Double.doubleToLongBits(a) == Double.doubleToLongBits(b); // makes all NaN one
  }

  private static String describe(double value) {
    return value + " (" + Double.toHexString(value) + ")";
  }
}
