package dev.rootmean;

import static dev.rootmean.DataType.BFLOAT16;
import static dev.rootmean.DataType.BLOCK8;
import static dev.rootmean.DataType.FLOAT16;
import static dev.rootmean.DataType.FLOAT32;
import static dev.rootmean.DataType.FLOAT64;
import static dev.rootmean.DataType.INT16;
import static dev.rootmean.DataType.INT32;
import static dev.rootmean.DataType.SIGNED_BLOCK8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** How elements are stored as bytes, and what is rounded on the way. */
class DataTypeTest {
  private static final double[] NUMBERS = {
    0,
    -0.0,
    1,
    -0.1,
    1e-40,
    Double.MIN_VALUE,
    Float.MAX_VALUE,
    -Double.MAX_VALUE,
    Double.NEGATIVE_INFINITY,
    Double.NaN
  };

  private static short bits(double x) {
    ByteBuffer bytes = ByteBuffer.allocate(BFLOAT16.bytes());
    BFLOAT16.put(bytes, 0, x);
    return bytes.getShort(0);
  }

  private static double value(int bits) {
    return BFLOAT16.get(ByteBuffer.allocate(BFLOAT16.bytes()).putShort(0, (short) bits), 0);
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"BLOCK8", "SIGNED_BLOCK8"})
  void whatIsStoredIsTheRoundedNumber(DataType type) {
    for (double x : NUMBERS) {
      for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
        ByteBuffer bytes = ByteBuffer.allocate(3 * type.bytes()).order(order);
        type.put(bytes, type.bytes(), x);
        assertEquals(type.round(x), type.get(bytes, type.bytes()), type + " of " + x);
        assertEquals(0.0, type.get(bytes, 0), "before it");
        assertEquals(0.0, type.get(bytes, 2 * type.bytes()), "after it");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsRoundedStaysAsItIs(DataType type) {
    for (double x : NUMBERS) {
      double rounded = type.round(x);
      assertEquals(rounded, type.round(rounded));
      if (type != INT32) { // which nothing is computed in
        assertEquals(rounded, type.compute().round(rounded), "in the type it is computed in");
      }
    }
  }

  @Test
  void floatsAndDoublesAreJavas() {
    ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES);
    for (double x : NUMBERS) {
      FLOAT32.put(bytes, 0, x);
      assertEquals((float) x, bytes.getFloat(0));
      FLOAT64.put(bytes, 0, x);
      assertEquals(x, bytes.getDouble(0));
    }
  }

  @Test
  void everyBfloat16IsTheUpperHalfOfAFloatAndComesBack() {
    for (int bits = 0; bits <= 0xFFFF; bits++) {
      double x = value(bits);
      assertEquals(Float.intBitsToFloat(bits << 16), x);
      if (Double.isNaN(x)) {
        assertTrue(Double.isNaN(value(bits(x))), "a NaN, with whatever payload");
      } else {
        assertEquals((short) bits, bits(x));
      }
    }
  }

  /** Between all neighbours; above the greatest there would be 2¹²⁸, which is infinity here. */
  @Test
  void bfloat16IsRoundedToNearestAndTiesToEven() {
    for (int bits = 0; bits < 0x7F80; bits++) {
      double next = bits == 0x7F7F ? 0x1p128 : value(bits + 1);
      float middle = (float) ((value(bits) + next) / 2);
      int even = bits + bits % 2;
      for (int sign : new int[] {1, -1}) {
        int signBit = sign == 1 ? 0 : 0x8000;
        assertEquals((short) (signBit | bits), bits(sign * Math.nextDown(middle)));
        assertEquals((short) (signBit | even), bits(sign * middle));
        assertEquals((short) (signBit | (bits + 1)), bits(sign * Math.nextUp(middle)));
      }
    }
  }

  @Test
  void whatABfloat16CannotHoldIsInfinity() {
    assertEquals(Double.POSITIVE_INFINITY, BFLOAT16.round(Float.MAX_VALUE));
    assertEquals(Double.NEGATIVE_INFINITY, BFLOAT16.round(-Double.MAX_VALUE));
    assertEquals(0x1.FEp127, BFLOAT16.round(0x1.FEp127), "the greatest is one");
  }

  /** Adding what rounds would carry the highest payloads over into zero. */
  @Test
  void aNanStaysOne() {
    for (int bits : new int[] {0x7F800001, 0xFF800001, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FC00000}) {
      double nan = Float.intBitsToFloat(bits);
      assertTrue(Double.isNaN(BFLOAT16.round(nan)));
      assertTrue(Double.isNaN(value(bits(nan))));
    }
  }

  /** Just above the middle as a double, in the middle as a float. */
  @Test
  void toABfloat16ADoubleIsRoundedTwice() {
    assertEquals(1.0, BFLOAT16.round(1 + 0x1p-8 + 0x1p-40));
    assertEquals(1 + 0x1p-7, BFLOAT16.round(1 + 0x1p-8 + 0x1p-20));
  }

  @Test
  void float16HasTheNumbersOfBinary16() {
    assertEquals(65_504, FLOAT16.round(65_519.996), "the greatest, just below the middle");
    assertEquals(Double.POSITIVE_INFINITY, FLOAT16.round(65_520));
    assertEquals(Double.NEGATIVE_INFINITY, FLOAT16.round(-1e30));
    assertEquals(0x1p-24, FLOAT16.round(0x1.8p-25), "the least");
    assertEquals(0.0, FLOAT16.round(0x1p-25), "a tie");
    assertEquals(-0.0, FLOAT16.round(-0x1p-25));
    assertEquals(0x1p-23, FLOAT16.round(0x1.8p-24), "a tie between subnormals");
    assertEquals(0x1p-14, FLOAT16.round(0x1.FFEp-15), "a tie with the least normal one");
    assertEquals(1.0, FLOAT16.round(1 + 0x1p-11));
    assertEquals(1 + 0x1p-9, FLOAT16.round(1 + 0x1.8p-10));
  }

  @Test
  void int16HasWholeNumbers() {
    assertEquals(-32_768, INT16.round(-1e9));
    assertEquals(32_767, INT16.round(Double.POSITIVE_INFINITY));
    assertEquals(0, INT16.round(Double.NaN));
    assertEquals(2, INT16.round(1.5));
    assertEquals(2, INT16.round(2.5));
    assertEquals(-32_768, INT16.get(ByteBuffer.allocate(2).putShort(0, (short) 0x8000), 0));
  }

  @Test
  void int32HasWholeNumbers() {
    assertEquals(Integer.MIN_VALUE, INT32.round(-1e10));
    assertEquals(Integer.MAX_VALUE, INT32.round(Double.POSITIVE_INFINITY));
    assertEquals(0, INT32.round(Double.NaN));
    assertEquals(2, INT32.round(2.5));
    assertEquals(16_777_217, INT32.round(16_777_217), "more bits than a float has");
    assertEquals(-2, INT32.get(ByteBuffer.allocate(4).putInt(0, -2), 0));
  }

  @ParameterizedTest
  @EnumSource(names = {"BLOCK8", "SIGNED_BLOCK8"})
  void elementsOfABlockAreNoNumbersWithoutTheirBase(DataType type) {
    ByteBuffer codes = ByteBuffer.allocate(4);
    Class<UnsupportedOperationException> refusal = UnsupportedOperationException.class;
    assertThrows(refusal, () -> type.get(codes, 0));
    assertThrows(refusal, () -> type.put(codes, 0, 1));
    assertThrows(refusal, () -> type.copy(FloatBuffer.allocate(4), codes));
    assertThrows(refusal, () -> type.copy(codes, FloatBuffer.allocate(4)));
    ByteBuffer copied = ByteBuffer.allocate(4);
    type.copy(codes.put(1, (byte) 77).duplicate(), copied);
    assertEquals(codes.rewind(), copied.rewind());
    assertEquals(0.3125, type.round(0.3), "alone in its block");
    assertEquals(type == BLOCK8 ? 1 : -1, type.round(-1));
  }

  /** Devices move elements of 8 bits by four. */
  @Test
  void memoryIsWholeWords() {
    assertEquals(4, BLOCK8.bytes(1));
    assertEquals(8, SIGNED_BLOCK8.bytes(8));
    assertEquals(1L << 40, BLOCK8.bytes((1L << 40) - 3));
    assertEquals(14, BFLOAT16.bytes(7));
    assertEquals(56, FLOAT64.bytes(7));
  }

  @Test
  void oneAccumulatorNeedsNoSign() {
    assertEquals(SIGNED_BLOCK8, BLOCK8.withSign());
    assertEquals(SIGNED_BLOCK8, SIGNED_BLOCK8.withSign());
    assertEquals(BFLOAT16, BFLOAT16.withSign());
  }

  @Test
  void itIsComputedInWhatHasAllItsNumbers() {
    assertEquals(FLOAT64, FLOAT64.compute());
    for (DataType type : new DataType[] {FLOAT32, BFLOAT16, FLOAT16, INT16}) {
      assertEquals(FLOAT32, type.compute());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BFLOAT16", "FLOAT16"})
  void aSettingThatWouldBeZeroIsRefused(DataType type) {
    double least = type.round(type == BFLOAT16 ? 0x1p-133 : 0x1p-24);
    type.requireNotLost("rate", least);
    type.requireNotLost("rate", 0);
    String told =
        assertThrows(IllegalArgumentException.class, () -> type.requireNotLost("rate", least / 2))
            .getMessage();
    assertTrue(told.contains("rate " + least / 2), told);
    assertTrue(told.contains("at least " + (float) least), told);
  }
}
