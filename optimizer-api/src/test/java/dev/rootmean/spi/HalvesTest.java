package dev.rootmean.spi;

import static dev.rootmean.DataType.BFLOAT16;
import static dev.rootmean.DataType.FLOAT16;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rootmean.DataType;
import dev.rootmean.contract.machinery.ReferenceRounding;
import java.lang.reflect.Method;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Floats in 16 bits are what arithmetic says, and what the JDK says where it knows them. */
class HalvesTest {
  /**
   * Any bits, numbers within a FLOAT16's, and what is in the middle of two neighbours or beside.
   */
  private static float next(RandomGenerator random) {
    int bits = random.nextInt();
    int kind = random.nextInt(4);
    if (kind == 0) {
      return Float.intBitsToFloat(bits);
    }
    if (kind == 1) {
      float oneToTwo = Float.intBitsToFloat((bits & 0x807F_FFFF) | 0x3F80_0000);
      return Math.scalb(oneToTwo, random.nextInt(-27, 18));
    }
    DataType type = kind == 2 ? BFLOAT16 : FLOAT16;
    double x = ReferenceRounding.value(type, bits);
    float middle = (float) (x + Math.copySign(ReferenceRounding.unit(type, x) / 2, x));
    return switch (random.nextInt(3)) {
      case 0 -> middle;
      case 1 -> Math.nextUp(middle);
      default -> Math.nextDown(middle);
    };
  }

  private static float value(DataType type, int bits) {
    return type == BFLOAT16 ? Halves.ofBfloat16(bits) : Halves.ofFloat16(bits);
  }

  private static int nearest(DataType type, float x) {
    return type == BFLOAT16 ? Halves.nearestBfloat16(x) : Halves.nearestFloat16(x);
  }

  private static int randomly(DataType type, float x, int random) {
    int bits = Float.floatToRawIntBits(x);
    return type == BFLOAT16
        ? Halves.bfloat16(bits, random)
        : Halves.randomFloat16(bits, Float.floatToRawIntBits(Math.abs(x) + 0x1p-14f), random);
  }

  @ParameterizedTest
  @EnumSource(names = {"BFLOAT16", "FLOAT16"})
  void everyPatternIsANumberAndComesBack(DataType type) {
    for (int bits = 0; bits <= 0xFFFF; bits++) {
      float x = value(type, bits);
      assertEquals(ReferenceRounding.value(type, bits), x);
      assertEquals(x, value(type, bits | 0x5555_0000), "the upper bits count nothing");
      int expected = Float.isNaN(x) ? type == BFLOAT16 ? 0x7FC0 : 0x7E00 : bits;
      assertEquals(expected, nearest(type, x) & 0xFFFF);
      assertEquals(expected, randomly(type, x, 0xFFFF) & 0xFFFF, "what is exact is not rounded");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BFLOAT16", "FLOAT16"})
  void floatsAreRounded(DataType type) {
    RandomGenerator random = new SplittableRandom(1);
    for (int i = 0; i < 10_000_000; i++) {
      float x = next(random);
      int chance = random.nextInt(1 << 16);
      double near = ReferenceRounding.nearest(type, x);
      double either = ReferenceRounding.round(type, x, chance);
      if (Double.compare(near, value(type, nearest(type, x))) != 0) {
        assertEquals(near, value(type, nearest(type, x)), "to nearest: " + x);
      }
      if (Double.compare(either, value(type, randomly(type, x, chance))) != 0) {
        assertEquals(either, value(type, randomly(type, x, chance)), x + " by " + chance);
      }
    }
  }

  /**
   * Over all random bits: exactly, but for subnormals of FLOAT16, whose chances are 2^-37 apart.
   */
  @ParameterizedTest
  @EnumSource(names = {"BFLOAT16", "FLOAT16"})
  void onAverageRoundingChangesNothing(DataType type) {
    RandomGenerator random = new SplittableRandom(1);
    for (int i = 0; i < 300; i++) {
      float oneToTwo = Float.intBitsToFloat((random.nextInt() & 0x807F_FFFF) | 0x3F80_0000);
      float x = Math.scalb(oneToTwo, random.nextInt(-25, 15));
      double sum = 0;
      for (int chance = 0; chance <= 0xFFFF; chance++) {
        sum += value(type, randomly(type, x, chance));
      }
      boolean isSubnormal = type == FLOAT16 && Math.abs(x) < 0x1p-14;
      assertEquals(x, sum / 65_536, isSubnormal ? 0x1p-38 : 0, "mean of " + x);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 0x7FFF, 0x8000, 0xFFFF})
  void aNanIsOnePattern(int payload) {
    for (int sign : new int[] {0, 1 << 31}) {
      float nan = Float.intBitsToFloat(sign | 0x7F80_0000 | payload);
      for (int chance : new int[] {0, 0xFFFF}) {
        assertEquals(0x7FC0, Halves.nearestBfloat16(nan));
        assertEquals(0x7E00, Halves.nearestFloat16(nan));
        assertEquals(0x7FC0, randomly(BFLOAT16, nan, chance));
        assertEquals(0x7E00, randomly(FLOAT16, nan, chance));
      }
      assertEquals(0x7FC0_0000, Halves.oneNan(Float.floatToRawIntBits(nan)));
    }
  }

  @Test
  void floatsAreSplitIntoHalves() {
    RandomGenerator random = new SplittableRandom(2);
    for (int i = 0; i < 1_000_000; i++) {
      float x = next(random);
      int bits = Halves.oneNan(Float.floatToRawIntBits(x));
      assertEquals(ReferenceRounding.high(x), Halves.ofBfloat16(Halves.high(bits)));
      assertEquals(ReferenceRounding.low(x), (short) Halves.low(bits));
      assertEquals(bits, Halves.joined(Halves.high(bits), Halves.low(bits)));
    }
  }

  /** Which its parameter left there, before it was set to zero alone. */
  @Test
  void whateverIsBesideAZeroMakesNoNan() {
    for (int low = 0; low <= 0xFFFF; low++) {
      assertEquals(low, Halves.joined(0, low));
      assertEquals(0x8000_0000 | low, Halves.joined(0x8000, (short) low));
    }
  }

  /** Six seconds. */
  @Test
  @Tag("thorough")
  void everyFloatIsMadeOfItsHalves() {
    int wrong = 0;
    for (int upper = 0; upper <= 0xFFFF; upper++) {
      for (int lower = 0; lower <= 0xFFFF; lower++) {
        int bits = Halves.oneNan(upper << 16 | lower);
        int joined = Halves.joined((short) Halves.high(bits), (short) Halves.low(bits));
        wrong += joined == bits ? 0 : 1;
      }
    }
    assertEquals(0, wrong);
  }

  /** From JDK 20 on. */
  @Test
  void float16IsTheJdks() throws ReflectiveOperationException {
    assumeTrue(Runtime.version().feature() >= 20, "skipped: this JDK knows no FLOAT16");
    Method toFloat16 = Float.class.getMethod("floatToFloat16", float.class);
    Method toFloat = Float.class.getMethod("float16ToFloat", short.class);
    RandomGenerator random = new SplittableRandom(3);
    for (int i = 0; i < 2_000_000; i++) {
      float x = next(random);
      short theirs = (short) toFloat16.invoke(null, x);
      boolean isSame = Float.isNaN(x) || theirs == (short) Halves.nearestFloat16(x);
      assertTrue(isSame, () -> x + " is " + theirs);
    }
    for (int bits = 0; bits <= 0xFFFF; bits++) {
      assertEquals((float) toFloat.invoke(null, (short) bits), Halves.ofFloat16(bits));
    }
  }
}
