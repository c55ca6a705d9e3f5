package dev.rootmean.contract.machinery;

import static dev.rootmean.contract.machinery.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.contract.Bits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Elements of 16 bits come and go as their bits, and as the floats that these are. */
public interface HalvesContract extends BackendUnderTest {
  /** All bit patterns. */
  int PATTERNS = 1 << 16;

  private List<DataType> floats() {
    return halves().stream().filter(type -> type != DataType.INT16).toList();
  }

  @Test
  default void everyPatternIsReadAsItsNumber() {
    for (DataType type : floats()) {
      double[] expected = new double[PATTERNS];
      double[] found = new double[PATTERNS];
      float[] read = new float[PATTERNS];
      try (DeviceBuffer buffer = backend().allocate(type, PATTERNS)) {
        buffer.write(0, patterns(), 0, PATTERNS);
        buffer.read(read);
      }
      for (int i = 0; i < PATTERNS; i++) {
        expected[i] = ReferenceRounding.value(type, i);
        found[i] = read[i];
      }
      Bits.assertSame("what the patterns are in " + type, expected, found);
    }
  }

  /**
   * Each number, what is in the middle between it and the next one, and the floats beside that: to
   * even, and above all of them to infinity.
   */
  @Test
  default void floatsAreRoundedToNearestAndTiesToEven() {
    for (DataType type : floats()) {
      float[] floats = new float[4 * PATTERNS];
      for (int i = 0; i < PATTERNS; i++) {
        float x = (float) ReferenceRounding.value(type, i);
        float middle = x + Math.copySign((float) ReferenceRounding.unit(type, x) / 2, x);
        floats[4 * i] = x;
        floats[4 * i + 1] = middle;
        floats[4 * i + 2] = Math.nextUp(middle);
        floats[4 * i + 3] = Math.nextDown(middle);
      }
      short[] stored = new short[floats.length];
      try (DeviceBuffer buffer = backend().allocate(type, floats.length)) {
        buffer.write(floats);
        buffer.read(0, ShortBuffer.wrap(stored), 0, stored.length);
      }
      double[] expected = new double[floats.length];
      double[] found = new double[floats.length];
      for (int i = 0; i < floats.length; i++) {
        expected[i] = ReferenceRounding.nearest(type, floats[i]);
        found[i] = ReferenceRounding.value(type, stored[i]);
      }
      Bits.assertSame("what is stored in " + type, expected, found);
    }
  }

  /** Whatever its sign and its payload; as shorts they are kept. */
  @Test
  default void aFloatThatIsNoNumberIsOnePattern() {
    float[] nans = new float[1000];
    for (int i = 0; i < nans.length; i++) {
      nans[i] = Float.intBitsToFloat(0x7F80_0001 + 0x4001 * (i / 2) | i << 31);
    }
    for (DataType type : floats()) {
      short[] stored = new short[nans.length];
      short[] expected = new short[nans.length];
      Arrays.fill(expected, (short) (type == DataType.BFLOAT16 ? 0x7FC0 : 0x7E00));
      try (DeviceBuffer buffer = backend().allocate(type, nans.length)) {
        buffer.write(nans);
        buffer.read(0, ShortBuffer.wrap(stored), 0, stored.length);
      }
      assertArrayEquals(expected, stored, "NaN in " + type);
    }
  }

  private static ShortBuffer patterns() {
    ShortBuffer patterns = ShortBuffer.allocate(PATTERNS);
    for (int i = 0; i < PATTERNS; i++) {
      patterns.put((short) i);
    }
    return patterns.rewind();
  }

  /** NaN with whatever payload too, in every order of bytes, direct or not, at any offset. */
  @Test
  default void theirBitsAreKept() {
    short[] expected = new short[PATTERNS];
    patterns().get(expected);
    for (DataType type : halves()) {
      try (DeviceBuffer buffer = backend().allocate(type, PATTERNS + 5);
          DeviceBuffer copy = backend().allocate(type, PATTERNS)) {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
          for (ShortBuffer host :
              List.of(
                  ByteBuffer.allocate(2 * PATTERNS + 6).order(order).asShortBuffer(),
                  ByteBuffer.allocateDirect(2 * PATTERNS + 6).order(order).asShortBuffer())) {
            host.put(3, expected);
            buffer.zero();
            buffer.write(2, host.asReadOnlyBuffer(), 3, PATTERNS);
            copy.copyFrom(buffer.slice(2, PATTERNS));
            host.put(3, new short[PATTERNS]);
            copy.read(0, host, 3, PATTERNS);
            short[] found = new short[PATTERNS];
            host.get(3, found);
            assertArrayEquals(expected, found, () -> type + " through " + host);
          }
        }
        short[] around = new short[PATTERNS + 5];
        buffer.read(0, ShortBuffer.wrap(around), 0, around.length);
        short[] wanted = new short[PATTERNS + 5];
        System.arraycopy(expected, 0, wanted, 2, PATTERNS);
        assertArrayEquals(wanted, around, "and nothing beside them");
        copy.slice(1, PATTERNS - 1).zero();
        short[] zeroed = new short[PATTERNS];
        copy.read(0, ShortBuffer.wrap(zeroed), 0, PATTERNS);
        wanted = new short[PATTERNS];
        wanted[0] = expected[0];
        assertArrayEquals(wanted, zeroed, "after zeros");
      }
    }
  }

  /** Places too: all bits, whole or in part, and as floats what is nearest. */
  @Test
  default void wholeNumbersOf32BitsAreKept() {
    int[] expected = new SplittableRandom(1).ints(40_003).toArray();
    expected[7] = 16_777_217; // which no float is
    ByteBuffer sent = ByteBuffer.allocate(4 * expected.length).order(ByteOrder.BIG_ENDIAN);
    sent.asIntBuffer().put(expected);
    try (DeviceBuffer buffer = backend().allocate(DataType.INT32, expected.length + 5L);
        DeviceBuffer copy = backend().allocate(DataType.INT32, expected.length)) {
      buffer.write(2, sent);
      copy.copyFrom(buffer.slice(2, expected.length));
      assertArrayEquals(expected, integers(copy));
      int[] around = new int[expected.length + 5];
      System.arraycopy(expected, 0, around, 2, expected.length);
      assertArrayEquals(around, integers(buffer), "and nothing beside them");
      copy.slice(1, expected.length - 1L).zero();
      int[] zeroed = new int[expected.length];
      zeroed[0] = expected[0];
      assertArrayEquals(zeroed, integers(copy), "after zeros");
      copy.write(0, new float[] {-3e9f, 2.5f, 3.5f, Float.NaN, 1e10f}, 0, 5);
      int[] rounded = {Integer.MIN_VALUE, 2, 4, 0, Integer.MAX_VALUE};
      assertArrayEquals(rounded, integers(copy.slice(0, 5)));
    }
  }

  private static int[] integers(DeviceBuffer buffer) {
    int[] found = new int[(int) buffer.length()];
    ByteBuffer bytes = ByteBuffer.allocateDirect(4 * found.length).order(ByteOrder.nativeOrder());
    buffer.read(0, bytes);
    bytes.rewind().asIntBuffer().get(found);
    return found;
  }

  /** Half of a float is a whole number with a sign, to the nearest, at most the last one. */
  @Test
  default void halfOfAFloatIsAWholeNumber() {
    if (!halves().contains(DataType.INT16)) {
      return;
    }
    float[] given = {-40_000, -32_768, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f, 32_767, 1e9f, Float.NaN};
    short[] expected = {-32_768, -32_768, -2, 0, 0, 2, 2, 32_767, 32_767, 0};
    short[] found = new short[given.length];
    float[] read = new float[given.length];
    try (DeviceBuffer buffer = backend().allocate(DataType.INT16, given.length)) {
      buffer.write(given);
      buffer.read(0, ShortBuffer.wrap(found), 0, found.length);
      buffer.read(0, FloatBuffer.wrap(read), 0, read.length);
    }
    assertArrayEquals(expected, found);
    for (int i = 0; i < read.length; i++) {
      assertEquals(expected[i], read[i]);
    }
  }

  /** Each addend is widened exactly, whatever it is; a sum of halves there is not. */
  @Test
  default void halvesAreAddedToFloats() {
    for (DataType type : floats()) {
      double[] expected = new double[PATTERNS + 1];
      for (int at = 0; at < 2; at++) {
        float[] found = new float[PATTERNS + 1];
        try (DeviceBuffer sum = backend().allocate(DataType.FLOAT32, PATTERNS + 1);
            DeviceBuffer addend = backend().allocate(type, PATTERNS)) {
          addend.write(0, patterns(), 0, PATTERNS);
          for (int i = 0; i < found.length; i++) {
            found[i] = 0.75f * (i - 30_000);
            expected[i] = found[i];
          }
          sum.write(found);
          sum.slice(at, PATTERNS).add(addend);
          sum.read(found);
          for (int i = 0; i < PATTERNS; i++) {
            expected[at + i] = (float) (expected[at + i] + ReferenceRounding.value(type, i));
          }
          double[] values = new double[found.length];
          Arrays.setAll(values, i -> found[i]);
          Bits.assertSame("the sum with " + type, expected, values);
          assertRefused(
              IllegalArgumentException.class,
              type.name(),
              () -> addend.slice(0, 8).add(addend.slice(8, 8)));
        }
      }
    }
  }
}
