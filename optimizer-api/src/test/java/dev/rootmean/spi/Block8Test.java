package dev.rootmean.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.contract.machinery.ReferenceBlocks;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Floats in blocks of 8 bits are what arithmetic says. */
class Block8Test {
  private static final int INFINITY = 0x7F80_0000;

  private static int top(boolean signed) {
    return Block8.top(signed ? DataType.SIGNED_BLOCK8 : DataType.BLOCK8);
  }

  private static float value(int code, int base, boolean signed) {
    return Float.intBitsToFloat(Block8.decoded(code, base, top(signed)));
  }

  private static int added(int bits, int random) {
    return random == ReferenceBlocks.NEAREST ? Block8.nearest(bits) : Block8.random(random);
  }

  /** The highest base that a block can have: its largest number is the largest there is. */
  private static int mostBase(boolean signed) {
    return 0x7F7 - top(signed);
  }

  /** The codes that no two numbers share, so all but that of a second infinity. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyCodeIsANumberAndComesBack(boolean signed) {
    int top = top(signed);
    for (int base = 0; base <= mostBase(signed); base++) {
      for (int code = 0; code <= 0xFF; code++) {
        float x = value(code, base, signed);
        assertEquals(ReferenceBlocks.value(code, base, signed), x);
        int bits = Float.floatToRawIntBits(x);
        for (int random : new int[] {ReferenceBlocks.NEAREST, 0, 0xFFFF}) {
          int rounded = Block8.rounded(bits, added(bits, random));
          assertEquals(code, Block8.code(bits, rounded, base, top), "what is exact is not rounded");
        }
      }
    }
  }

  /** All that the upper bits can be, with lower ones about the middle and about the ends. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyPatternOfUpperBits(boolean signed) {
    int[] lower = {0, 1, 0xF, 0x10, 0x11, 0x7_FFFF, 0x8_0000, 0x8_0001, 0xF_FFEF, 0xF_FFFF};
    int[] randoms = {ReferenceBlocks.NEAREST, 0, 1, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF};
    for (int upper = 0; upper <= 0xFFF; upper++) {
      for (int low : lower) {
        for (int random : randoms) {
          assertRounded(upper << 20 | low, random, signed);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void floatsAreRounded(boolean signed) {
    RandomGenerator random = new SplittableRandom(1);
    for (int i = 0; i < 2_000_000; i++) {
      assertRounded(random.nextInt(), random.nextInt(-1, 1 << 16), signed);
    }
  }

  /** In blocks of its own magnitude, of a larger one, and of far larger ones. */
  private static void assertRounded(int bits, int random, boolean signed) {
    float x = Float.intBitsToFloat(bits);
    int rounded = Block8.rounded(bits, added(bits, random));
    int expected = Float.isFinite(x) ? ReferenceBlocks.number(x, random) : 0;
    if (expected != rounded) {
      assertEquals(expected, rounded, x + " by " + random);
    }
    int top = top(signed);
    for (int above : new int[] {0, 1, top - 1, top, top + 1, 2_000}) {
      int base = Block8.base(Math.min(rounded + above, 0x7F7), top);
      int code = Block8.code(bits, rounded, base, top);
      if (ReferenceBlocks.code(x, random, base, signed) != code) {
        assertEquals(ReferenceBlocks.code(x, random, base, signed), code, x + " in " + base);
      }
    }
  }

  /** The JDK knows which of two floats is nearer, and what is the next one of 20 bits less. */
  @Test
  void theNearestIsOneOfTheTwoNeighboursAndNoOtherIsNearer() {
    RandomGenerator random = new SplittableRandom(2);
    for (int i = 0; i < 1_000_000; i++) {
      float x = Float.intBitsToFloat(random.nextInt() & 0x7F7F_FFFF);
      float below = Float.intBitsToFloat(Float.floatToRawIntBits(x) & 0xFFF0_0000);
      double above = Float.intBitsToFloat(Float.floatToRawIntBits(below) + 0x10_0000);
      above = Double.isInfinite(above) ? below : above; // what is finite stays so
      float near = Block8.round(x, Block8.TOP);
      double other = near == below ? above : below;
      assertTrue(near == below || near == above, () -> x + " became " + near);
      boolean isLost = near == 0 || below == 0; // the least of a block is not zero
      assertTrue(isLost || Math.abs(x - near) <= Math.abs(x - other), () -> x + " became " + near);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void onAverageRoundingChangesNothing(boolean signed) {
    RandomGenerator random = new SplittableRandom(3);
    int top = top(signed);
    for (int i = 0; i < 300; i++) {
      float oneToTwo = Float.intBitsToFloat((random.nextInt() & 0x7FFFF0) | 0x3F80_0000);
      float x = Math.scalb(oneToTwo, random.nextInt(-120, 120)) * (signed && i % 2 == 0 ? -1 : 1);
      int bits = Float.floatToRawIntBits(x);
      int base = Block8.base(Block8.rounded(bits, Block8.random(0xFFFF)), top);
      double sum = 0;
      for (int chance = 0; chance <= 0xFFFF; chance++) {
        int rounded = Block8.rounded(bits, Block8.random(chance));
        sum += value(Block8.code(bits, rounded, base, top), base, signed);
      }
      assertEquals(x, sum / 65_536, "mean over all random bits");
    }
  }

  /** The largest finite number has the largest code, and what is not finite counts nothing. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theBaseIsThatOfTheLargestFiniteNumber(boolean signed) {
    RandomGenerator random = new SplittableRandom(4);
    int top = top(signed);
    for (int i = 0; i < 2_000; i++) {
      double[] block = new double[10];
      int[] chances = new int[block.length];
      int most = 0;
      for (int k = 0; k < block.length; k++) {
        int bits = k % 5 == 4 ? INFINITY | random.nextInt() : random.nextInt();
        block[k] = Float.intBitsToFloat(bits);
        chances[k] = random.nextInt(1 << 16);
        most = Math.max(most, Block8.rounded(bits, Block8.random(chances[k])));
      }
      int base = Block8.base(most, top);
      assertEquals(ReferenceBlocks.base(block, chances, 0, block.length, signed), base);
      assertTrue(most <= base + top, "no code above the largest");
      assertTrue(base == 0 || most == base + top, "no base lower than it has to be");
    }
  }

  @Test
  void zeroStaysZeroAndNothingElseBecomesZeroWithoutASign() {
    int base = mostBase(false);
    assertEquals(0, value(Block8.code(0, 0, base, Block8.TOP), base, false));
    assertEquals(0, Block8.code(0x8000_0000, 0, base, Block8.TOP));
    int least = Block8.code(1, Block8.rounded(1, Block8.random(0)), base, Block8.TOP);
    assertEquals(ReferenceBlocks.magnitude(base + 1), value(least, base, false));
    int lost = Block8.code(0x8000_0001, 0, base, Block8.SIGNED_TOP);
    assertEquals(-0f, value(lost, base, true), "with a sign it is lost, but for that");
    assertEquals(0, Block8.base(0, Block8.TOP));
  }

  @ParameterizedTest
  @ValueSource(ints = {0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0xFFC1_2345, 0x7F80_0001})
  void whatIsNotFiniteIsInfinite(int bits) {
    boolean isNan = Float.isNaN(Float.intBitsToFloat(bits));
    float sign = bits < 0 && !isNan ? -1 : 1; // those of a NaN differ from device to device
    assertEquals(255, Block8.code(bits, Block8.rounded(bits, 0xF_FFFF), 5, Block8.TOP));
    int code = Block8.code(bits, Block8.rounded(bits, 0xF_FFFF), 5, Block8.SIGNED_TOP);
    assertEquals(sign * Float.POSITIVE_INFINITY, value(code, 5, true));
    assertEquals(0, Block8.rounded(bits, 0xF_FFFF));
  }

  @Test
  void aNumberAloneIsRoundedToThreeBits() {
    float[] given = {0, 1, 0.3f, 1.0625f, 1.1875f, Float.MAX_VALUE, Float.MIN_VALUE, 0x1p-126f};
    float[] kept = {0, 1, 0.3125f, 1, 1.25f, 1.875f * 0x1p127f, 0x1p-129f, 0x1p-126f};
    float[] found = new float[given.length];
    for (int i = 0; i < given.length; i++) {
      found[i] = Block8.round(given[i], Block8.TOP);
      float below = Block8.round(-given[i], Block8.SIGNED_TOP);
      assertEquals(given[i] == Float.MIN_VALUE ? -0f : -kept[i], below);
    }
    assertEquals(Arrays.toString(kept), Arrays.toString(found));
  }

  @Test
  void blocksAreCounted() {
    long[] counts = {1, 1, 1, 2, 2, 3, (1L << 40) + 1};
    long[] lengths = {1, 1_023, 1_024, 1_025, 2_048, 2_049, (1L << 50) + 1};
    assertTrue(Arrays.equals(counts, Arrays.stream(lengths).map(Block8::count).toArray()));
  }
}
