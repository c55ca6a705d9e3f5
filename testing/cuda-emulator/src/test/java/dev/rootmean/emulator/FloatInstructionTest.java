package dev.rootmean.emulator;

import java.util.Map;
import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Floating point gives the bits that Java gives: infinities, subnormals and signed zeros too. */
class FloatInstructionTest extends InstructionTest {
  private interface FloatOperator {
    float apply(float a, float b);
  }

  private interface Comparison {
    boolean holds(double a, double b);
  }

  private static final Map<String, Comparison> COMPARISONS =
      Map.ofEntries(
          Map.entry("eq", (a, b) -> a == b),
          Map.entry("ne", (a, b) -> a < b || a > b),
          Map.entry("lt", (a, b) -> a < b),
          Map.entry("le", (a, b) -> a <= b),
          Map.entry("gt", (a, b) -> a > b),
          Map.entry("ge", (a, b) -> a >= b),
          Map.entry("equ", (a, b) -> !(a < b || a > b)),
          Map.entry("neu", (a, b) -> a != b),
          Map.entry("ltu", (a, b) -> !(a >= b)),
          Map.entry("leu", (a, b) -> !(a > b)),
          Map.entry("gtu", (a, b) -> !(a <= b)),
          Map.entry("geu", (a, b) -> !(a < b)),
          Map.entry("num", (a, b) -> !Double.isNaN(a) && !Double.isNaN(b)),
          Map.entry("nan", (a, b) -> Double.isNaN(a) || Double.isNaN(b)));

  private static float toFloat(long bits) {
    return Float.intBitsToFloat((int) bits);
  }

  private static Case floats(String instruction, FloatOperator expected) {
    return new Case(
        instruction, (a, b) -> Float.floatToIntBits(expected.apply(toFloat(a), toFloat(b))));
  }

  static Stream<Case> floats() {
    Stream<Case> comparisons =
        COMPARISONS.entrySet().stream()
            .map(
                named ->
                    new Case(
                        "setp." + named.getKey() + ".f32 %p2, %f10, %f11",
                        (a, b) -> named.getValue().holds(toFloat(a), toFloat(b)) ? 1 : 0));
    Stream<Case> operations =
        Stream.of(
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
            floats("selp.f32 %f12, %f10, %f11, %p1", (a, b) -> b),
            floats("min.f32 %f12, %f10, %f11", (a, b) -> (float) minimum(a, b)),
            floats("max.f32 %f12, %f10, %f11", (a, b) -> (float) -minimum(-a, -b)));
    return Stream.concat(operations, comparisons);
  }

  /** A NaN gives way to the other. */
  private static double minimum(double a, double b) {
    return Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.min(a, b);
  }

  @ParameterizedTest
  @MethodSource("floats")
  void float32(Case tested) {
    LongStream random = new Random(1).ints(30).mapToLong(bits -> bits);
    LongStream chosen =
        DoubleStream.of(FLOATS).mapToLong(value -> Float.floatToRawIntBits((float) value));
    check(tested, LongStream.concat(chosen, random).toArray());
  }

  private static Case doubles(String instruction, DoubleBinaryOperator expected) {
    return new Case(
        instruction,
        (a, b) ->
            Double.doubleToLongBits(
                expected.applyAsDouble(Double.longBitsToDouble(a), Double.longBitsToDouble(b))));
  }

  static Stream<Case> doubles() {
    Stream<Case> comparisons =
        COMPARISONS.entrySet().stream()
            .map(
                named ->
                    new Case(
                        "setp." + named.getKey() + ".f64 %p2, %fd10, %fd11",
                        (a, b) -> {
                          double first = Double.longBitsToDouble(a);
                          return named.getValue().holds(first, Double.longBitsToDouble(b)) ? 1 : 0;
                        }));
    Stream<Case> operations =
        Stream.of(
            doubles("add.rn.f64 %fd12, %fd10, %fd11", (a, b) -> a + b),
            doubles("sub.rn.f64 %fd12, %fd10, %fd11", (a, b) -> a - b),
            doubles("mul.rn.f64 %fd12, %fd10, %fd11", (a, b) -> a * b),
            doubles("div.rn.f64 %fd12, %fd10, %fd11", (a, b) -> a / b),
            doubles("fma.rn.f64 %fd12, %fd10, %fd11, %fd10", (a, b) -> Math.fma(a, b, a)),
            doubles("sqrt.rn.f64 %fd12, %fd10", (a, b) -> Math.sqrt(a)),
            doubles("rcp.rn.f64 %fd12, %fd10", (a, b) -> 1 / a),
            doubles("abs.f64 %fd12, %fd10", (a, b) -> Math.abs(a)),
            doubles("neg.f64 %fd12, %fd10", (a, b) -> -a),
            doubles("mov.f64 %fd12, 0dC00921FB54442D18", (a, b) -> -Math.PI),
            doubles("selp.f64 %fd12, %fd10, %fd11, %p1", (a, b) -> b),
            doubles("min.f64 %fd12, %fd10, %fd11", (a, b) -> minimum(a, b)),
            doubles("max.f64 %fd12, %fd10, %fd11", (a, b) -> -minimum(-a, -b)));
    return Stream.concat(operations, comparisons);
  }

  @ParameterizedTest
  @MethodSource("doubles")
  void float64(Case tested) {
    LongStream random = new Random(2).longs(30);
    LongStream chosen =
        DoubleStream.concat(DoubleStream.of(FLOATS), DoubleStream.of(DOUBLES))
            .mapToLong(Double::doubleToRawLongBits);
    check(tested, LongStream.concat(chosen, random).toArray());
  }
}
