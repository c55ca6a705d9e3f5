package dev.rootmean.emulator;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.LongFunction;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** cvt, in every direction, gives what exact decimal arithmetic gives. */
class ConversionTest extends InstructionTest {
  /** PTX's modifiers. */
  private enum Direction {
    RN(RoundingMode.HALF_EVEN),
    RZ(RoundingMode.DOWN),
    RM(RoundingMode.FLOOR),
    RP(RoundingMode.CEILING);

    final RoundingMode mode;

    Direction(RoundingMode mode) {
      this.mode = mode;
    }

    String suffix() {
      return "." + name().toLowerCase(Locale.ROOT);
    }

    /** Whether what is nearest to an exact value has to be replaced by its neighbour below. */
    boolean isAbove(int nearestToExact, int sign) {
      return nearestToExact > 0
          && (mode == RoundingMode.FLOOR || (mode == RoundingMode.DOWN && sign > 0));
    }

    boolean isBelow(int nearestToExact, int sign) {
      return nearestToExact < 0
          && (mode == RoundingMode.CEILING || (mode == RoundingMode.DOWN && sign < 0));
    }
  }

  /** Integers of a type, in the registers that hold them. */
  private record Int(String name, String register, int bits, boolean signed) {
    BigInteger of(long register) {
      BigInteger low = BigInteger.valueOf(register).and(mask());
      return signed && low.testBit(bits - 1) ? low.subtract(mask()).subtract(BigInteger.ONE) : low;
    }

    BigInteger mask() {
      return BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE);
    }

    BigInteger max() {
      return signed ? mask().shiftRight(1) : mask();
    }

    BigInteger min() {
      return signed ? max().not() : BigInteger.ZERO;
    }
  }

  private static final List<Int> INTS =
      List.of(
          new Int("s32", "%r", 32, true),
          new Int("u32", "%r", 32, false),
          new Int("s64", "%rd", 64, true),
          new Int("u64", "%rd", 64, false));

  private static long floatBits(BigDecimal exact, Direction direction) {
    float nearest = exact.floatValue();
    int sign = exact.signum();
    int side = Float.isInfinite(nearest) ? sign : new BigDecimal((double) nearest).compareTo(exact);
    if (direction.isAbove(side, sign)) {
      nearest = Math.nextDown(nearest);
    } else if (direction.isBelow(side, sign)) {
      nearest = Math.nextUp(nearest);
    }
    return Float.floatToIntBits(nearest);
  }

  private static long doubleBits(BigDecimal exact, Direction direction) {
    double nearest = exact.doubleValue();
    int sign = exact.signum();
    int side = new BigDecimal(nearest).compareTo(exact);
    if (direction.isAbove(side, sign)) {
      nearest = Math.nextDown(nearest);
    } else if (direction.isBelow(side, sign)) {
      nearest = Math.nextUp(nearest);
    }
    return Double.doubleToLongBits(nearest);
  }

  private static List<Case> fromIntegers(Direction direction) {
    List<Case> cases = new ArrayList<>();
    for (Int from : INTS) {
      LongFunction<BigDecimal> exact = bits -> new BigDecimal(from.of(bits));
      String cvt = "cvt" + direction.suffix();
      String source = ", " + from.register() + "10";
      cases.add(
          new Case(
              cvt + ".f32." + from.name() + " %f12" + source,
              (a, b) -> floatBits(exact.apply(a), direction)));
      cases.add(
          new Case(
              cvt + ".f64." + from.name() + " %fd12" + source,
              (a, b) -> doubleBits(exact.apply(a), direction)));
    }
    return cases;
  }

  @ParameterizedTest
  @EnumSource
  void integersToFloat(Direction direction) {
    long[] operands = LongStream.concat(LongStream.of(INTEGERS), new Random(3).longs(30)).toArray();
    fromIntegers(direction).forEach(tested -> check(tested, operands));
  }

  private static long integer(double value, boolean wide, Direction direction, Int to) {
    if (Double.isNaN(value)) {
      return wide || to.bits() == 64 ? 1L << (to.bits() - 1) : 0;
    } else if (Double.isInfinite(value)) {
      return (value > 0 ? to.max() : to.min()).longValue();
    }
    BigInteger whole = new BigDecimal(value).setScale(0, direction.mode).toBigInteger();
    return whole.max(to.min()).min(to.max()).longValue();
  }

  private static double whole(double value, Direction direction) {
    return switch (direction) {
      case RN -> Math.rint(value);
      case RM -> Math.floor(value);
      case RP -> Math.ceil(value);
      case RZ -> value < 0 ? Math.ceil(value) : Math.floor(value);
    };
  }

  private static long floatToFloat(double value, Direction direction) {
    return Double.isNaN(value) || Double.isInfinite(value) || value == 0
        ? Float.floatToIntBits((float) value)
        : floatBits(new BigDecimal(value), direction);
  }

  private static double single(long bits) {
    return Float.intBitsToFloat((int) bits);
  }

  @ParameterizedTest
  @EnumSource
  void singleToInteger(Direction direction) {
    LongStream chosen =
        DoubleStream.of(FLOATS).mapToLong(value -> Float.floatToRawIntBits((float) value));
    LongStream random = new Random(4).ints(30).mapToLong(bits -> bits);
    long[] operands = LongStream.concat(chosen, random).toArray();
    String cvt = "cvt" + direction.suffix() + "i";
    for (Int to : INTS) {
      check(
          new Case(
              cvt + "." + to.name() + ".f32 " + to.register() + "12, %f10",
              (a, b) -> integer(single(a), false, direction, to)),
          operands);
    }
    check(
        new Case(
            cvt + ".f32.f32 %f12, %f10",
            (a, b) -> Float.floatToIntBits((float) whole(single(a), direction))),
        operands);
  }

  @ParameterizedTest
  @EnumSource
  void doubleToIntegerAndSingle(Direction direction) {
    LongStream chosen =
        DoubleStream.concat(DoubleStream.of(FLOATS), DoubleStream.of(DOUBLES))
            .mapToLong(Double::doubleToRawLongBits);
    LongStream random = new Random(5).longs(30);
    LongStream nearSingles =
        new Random(6).doubles(30, -4e9, 4e9).mapToLong(Double::doubleToLongBits);
    long[] operands =
        Stream.of(chosen, random, nearSingles).flatMapToLong(values -> values).toArray();
    String cvt = "cvt" + direction.suffix();
    for (Int to : INTS) {
      check(
          new Case(
              cvt + "i." + to.name() + ".f64 " + to.register() + "12, %fd10",
              (a, b) -> integer(Double.longBitsToDouble(a), true, direction, to)),
          operands);
    }
    check(
        new Case(
            cvt + "i.f64.f64 %fd12, %fd10",
            (a, b) -> Double.doubleToLongBits(whole(Double.longBitsToDouble(a), direction))),
        operands);
    check(
        new Case(
            cvt + ".f32.f64 %f12, %fd10",
            (a, b) -> floatToFloat(Double.longBitsToDouble(a), direction)),
        operands);
  }

  @Test
  void singleToDouble() {
    check(
        new Case("cvt.f64.f32 %fd12, %f10", (a, b) -> Double.doubleToLongBits(single(a))),
        LongStream.concat(LongStream.of(INTEGERS), new Random(7).longs(30)).toArray());
  }

  /** Each integer type in each register that may hold it. */
  static Stream<Int> inRegisters() {
    return Stream.of("u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64")
        .flatMap(
            name -> {
              int bits = Integer.parseInt(name.substring(1));
              return Map.of("%rs", 16, "%r", 32, "%rd", 64).entrySet().stream()
                  .filter(register -> register.getValue() >= bits)
                  .map(register -> new Int(name, register.getKey(), bits, name.startsWith("s")));
            });
  }

  @ParameterizedTest
  @MethodSource("inRegisters")
  void integersToIntegers(Int to) {
    long[] operands =
        LongStream.concat(LongStream.of(NarrowInstructionTest.NARROW), new Random(9).longs(10))
            .toArray();
    inRegisters()
        .forEach(
            from ->
                check(
                    new Case(
                        String.format(
                            Locale.ROOT,
                            "cvt.%s.%s %s12, %s10",
                            to.name(),
                            from.name(),
                            to.register(),
                            from.register()),
                        (a, b) -> to.of(from.of(a).longValue()).longValue()),
                    operands));
  }
}
