package dev.rootmean.contract.machinery;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A device buffer, of which a part is in use, and what it should hold: in its part what the
 * reference says, around it a guard zone that nothing may touch.
 */
final class GuardedBuffer implements AutoCloseable {
  /** So many bit patterns are those of positive numbers in all types of 16 bits. */
  private static final int FINITE_HALVES = 0x7BFF;

  private final String name;
  private final DeviceBuffer whole;
  private final DeviceBuffer part;
  private final int offset;
  private final double[] expected;

  /** Fills the guard zones of a buffer whose part holds {@code value} everywhere. */
  GuardedBuffer(String name, DeviceBuffer whole, int offset, int length, double value) {
    this.name = name;
    this.whole = whole;
    this.part = length == whole.length() ? whole : whole.slice(offset, length);
    this.offset = offset;
    this.expected = new double[length];
    Arrays.fill(expected, value);
    double[] guards = guards();
    int end = offset + length;
    Elements.write(whole, 0, guards, 0, offset);
    Elements.write(whole, end, guards, end, guards.length - end);
  }

  /** Each guard is another number, so that a shifted copy is seen too. */
  private double[] guards() {
    double[] guards = new double[(int) whole.length()];
    DataType type = whole.dataType();
    ByteBuffer half = ByteBuffer.allocate(Short.BYTES);
    for (int i = 0; i < guards.length; i++) {
      guards[i] =
          type.bytes() == Short.BYTES
              ? type.get(half.putShort(0, (short) (1 + i % FINITE_HALVES)), 0)
              : 1e6f + i;
    }
    return guards;
  }

  DeviceBuffer part() {
    return part;
  }

  /** What the part should hold; the reference steps it. */
  double[] expected() {
    return expected;
  }

  void write(double[] values) {
    System.arraycopy(values, 0, expected, 0, expected.length);
    Elements.write(part, values);
  }

  void check(String circumstances) {
    double[] wanted = guards();
    System.arraycopy(expected, 0, wanted, offset, expected.length);
    Bits.assertHolds(name + " of " + circumstances, whole, wanted);
  }

  @Override
  public void close() {
    whole.close();
  }
}
