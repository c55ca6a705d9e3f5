package dev.rootmean.emulator;

import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Floating point gives the bits that Java gives: infinities, subnormals and signed zeros too. */
class FloatInstructionTest extends InstructionTest {
  private static final float[] VALUES = {
    0f,
    -0f,
    1f,
    -1f,
    3f,
    0.5f,
    -2.5f,
    Float.MIN_VALUE,
    -1e-40f,
    Float.MIN_NORMAL,
    Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN,
    1 + 0x1p-23f,
    0x1p31f,
    -0x1p31f,
    0x1p32f,
    0x1p63f,
    -0x1p63f,
    0x1p64f
  };

  interface FloatOperator {
    float apply(float a, float b);
  }

  interface FloatComparison {
    boolean holds(float a, float b);
  }

  private static Case floats(String instruction, FloatOperator expected) {
    return new Case(
        instruction, (a, b) -> Float.floatToIntBits(expected.apply(toFloat(a), toFloat(b))));
  }

  private static float toFloat(long bits) {
    return Float.intBitsToFloat((int) bits);
  }

  private static Case compares(String comparison, FloatComparison expected) {
    return new Case(
        "setp." + comparison + ".f32 %p2, %f10, %f11",
        (a, b) -> expected.holds(toFloat(a), toFloat(b)) ? 1 : 0);
  }

  static Stream<Case> floats() {
    return Stream.of(
        floats("add.rn.f32 %f12, %f10, %f11", (a, b) -> a + b),
        floats("sub.rn.f32 %f12, %f10, %f11", (a, b) -> a - b),
        floats("mul.rn.f32 %f12, %f10, %f11", (a, b) -> a * b),
        floats("div.rn.f32 %f12, %f10, %f11", (a, b) -> a / b),
        floats("fma.rn.f32 %f12, %f10, %f11, %f10", (a, b) -> Math.fma(a, b, a)),
        floats("sqrt.rn.f32 %f12, %f10", (a, b) -> (float) Math.sqrt(a)),
        floats("rcp.rn.f32 %f12, %f10", (a, b) -> 1 / a),
        floats("abs.f32 %f12, %f10", (a, b) -> Math.abs(a)),
        floats("neg.f32 %f12, %f10", (a, b) -> -a),
        floats("mov.f32 %f12, 0fC0490FDB", (a, b) -> (float) -Math.PI),
        floats("min.f32 %f12, %f10, %f11", (a, b) -> minimum(a, b)),
        floats("max.f32 %f12, %f10, %f11", (a, b) -> -minimum(-a, -b)),
        compares("eq", (a, b) -> a == b),
        compares("ne", (a, b) -> a < b || a > b),
        compares("lt", (a, b) -> a < b),
        compares("le", (a, b) -> a <= b),
        compares("gt", (a, b) -> a > b),
        compares("ge", (a, b) -> a >= b),
        compares("equ", (a, b) -> !(a < b || a > b)),
        compares("neu", (a, b) -> a != b),
        compares("ltu", (a, b) -> !(a >= b)),
        compares("leu", (a, b) -> !(a > b)),
        compares("gtu", (a, b) -> !(a <= b)),
        compares("geu", (a, b) -> !(a < b)),
        compares("num", (a, b) -> !Float.isNaN(a) && !Float.isNaN(b)),
        compares("nan", (a, b) -> Float.isNaN(a) || Float.isNaN(b)),
        new Case("cvt.f64.f32 %fd12, %f10", (a, b) -> Double.doubleToLongBits(toFloat(a))),
        new Case("cvt.rzi.s32.f32 %r12, %f10", (a, b) -> (int) toFloat(a)));
  }

  private static float minimum(float a, float b) {
    return Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.min(a, b);
  }

  @ParameterizedTest
  @MethodSource("floats")
  void float32(Case tested) {
    LongStream random = new Random(1).ints(30).mapToLong(bits -> bits);
    LongStream chosen =
        IntStream.range(0, VALUES.length).mapToLong(i -> Float.floatToRawIntBits(VALUES[i]));
    check(tested, LongStream.concat(chosen, random).toArray());
  }

  private static Case doubles(String instruction, DoubleBinaryOperator expected) {
    return new Case(
        instruction,
        (a, b) ->
            Double.doubleToLongBits(
                expected.applyAsDouble(Double.longBitsToDouble(a), Double.longBitsToDouble(b))));
  }

  private interface DoubleToBits {
    long apply(double a);
  }

  private static Case converts(String instruction, DoubleToBits expected) {
    return new Case(instruction, (a, b) -> expected.apply(Double.longBitsToDouble(a)));
  }

  static Stream<Case> doubles() {
    return Stream.of(
        doubles("add.rn.f64 %fd12, %fd10, %fd11", (a, b) -> a + b),
        doubles("sub.rn.f64 %fd12, %fd10, %fd11", (a, b) -> a - b),
        doubles("mul.rn.f64 %fd12, %fd10, %fd11", (a, b) -> a * b),
        doubles("div.rn.f64 %fd12, %fd10, %fd11", (a, b) -> a / b),
        doubles("fma.rn.f64 %fd12, %fd10, %fd11, %fd10", (a, b) -> Math.fma(a, b, a)),
        doubles("sqrt.rn.f64 %fd12, %fd10", (a, b) -> Math.sqrt(a)),
        doubles("abs.f64 %fd12, %fd10", (a, b) -> Math.abs(a)),
        doubles("neg.f64 %fd12, %fd10", (a, b) -> -a),
        doubles("mov.f64 %fd12, 0dC00921FB54442D18", (a, b) -> -Math.PI),
        converts("cvt.rn.f32.f64 %f12, %fd10", a -> Float.floatToIntBits((float) a)),
        converts("cvt.rzi.s32.f64 %r12, %fd10", a -> (int) a),
        converts("cvt.rzi.u32.f64 %r12, %fd10", a -> (long) Math.max(0, Math.min(a, 0x1p32 - 1))),
        converts("cvt.rzi.s64.f64 %rd12, %fd10", a -> Double.isNaN(a) ? Long.MIN_VALUE : (long) a));
  }

  @ParameterizedTest
  @MethodSource("doubles")
  void float64(Case tested) {
    LongStream random = new Random(2).longs(30);
    LongStream chosen =
        IntStream.range(0, VALUES.length).mapToLong(i -> Double.doubleToRawLongBits(VALUES[i]));
    LongStream own =
        LongStream.of(
            Double.doubleToRawLongBits(Double.MIN_VALUE),
            Double.doubleToRawLongBits(Double.MAX_VALUE),
            Double.doubleToRawLongBits(1 + 0x1p-24 + 0x1p-52));
    check(tested, LongStream.concat(LongStream.concat(chosen, own), random).toArray());
  }
}
