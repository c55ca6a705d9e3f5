package dev.rootmean.contract;

import dev.rootmean.DeviceBuffer;
import java.util.Arrays;

/**
 * A device buffer, of which a part is in use, and what it should hold: in its part what the
 * reference says, around it a guard zone that nothing may touch.
 */
final class GuardedBuffer implements AutoCloseable {
  private final String name;
  private final DeviceBuffer whole;
  private final DeviceBuffer part;
  private final int offset;
  private final float[] expected;

  /** Fills the guard zones of a buffer whose part holds {@code value} everywhere. */
  GuardedBuffer(String name, DeviceBuffer whole, int offset, int length, float value) {
    this.name = name;
    this.whole = whole;
    this.part = length == whole.length() ? whole : whole.slice(offset, length);
    this.offset = offset;
    this.expected = new float[length];
    Arrays.fill(expected, value);
    float[] guards = guards();
    int end = offset + length;
    whole.write(0, guards, 0, offset);
    whole.write(end, guards, end, guards.length - end);
  }

  /** Each guard is another number, so that a shifted copy is seen too. */
  private float[] guards() {
    float[] guards = new float[(int) whole.length()];
    for (int i = 0; i < guards.length; i++) {
      guards[i] = 1e6f + i;
    }
    return guards;
  }

  DeviceBuffer part() {
    return part;
  }

  /** What the part should hold; the reference steps it. */
  float[] expected() {
    return expected;
  }

  void write(float[] values) {
    System.arraycopy(values, 0, expected, 0, expected.length);
    part.write(values);
  }

  void check(String circumstances) {
    float[] wanted = guards();
    System.arraycopy(expected, 0, wanted, offset, expected.length);
    Bits.assertHolds(name + " of " + circumstances, whole, wanted);
  }

  @Override
  public void close() {
    whole.close();
  }
}
