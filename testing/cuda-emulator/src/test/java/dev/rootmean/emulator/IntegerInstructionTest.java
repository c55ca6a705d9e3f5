package dev.rootmean.emulator;

import java.math.BigInteger;
import java.util.Locale;
import java.util.Random;
import java.util.function.LongBinaryOperator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Integers, bits and predicates give the bits that Java gives. */
class IntegerInstructionTest extends InstructionTest {
  private interface IntOperator {
    int apply(int a, int b);
  }

  private interface Comparison {
    boolean holds(long a, long b);
  }

  private static Case longs(String instruction, LongBinaryOperator expected) {
    return new Case(instruction, expected);
  }

  private static Case ints(String instruction, IntOperator expected) {
    return new Case(instruction, (a, b) -> expected.apply((int) a, (int) b));
  }

  private static Case compares(String instruction, Comparison expected) {
    return new Case(instruction, (a, b) -> expected.holds(a, b) ? 1 : 0);
  }

  static Stream<Case> cases() {
    return Stream.of(
        longs("add.s64 %rd12, %rd10, %rd11", (a, b) -> a + b),
        longs("sub.s64 %rd12, %rd10, %rd11", (a, b) -> a - b),
        longs("mul.lo.s64 %rd12, %rd10, %rd11", (a, b) -> a * b),
        longs("mul.hi.s64 %rd12, %rd10, %rd11", Math::multiplyHigh),
        longs(
            "mul.hi.u64 %rd12, %rd10, %rd11",
            (a, b) -> unsigned(a).multiply(unsigned(b)).shiftRight(64).longValue()),
        longs("or.b64 %rd12, %rd11, 1;\ndiv.s64 %rd12, %rd10, %rd12", (a, b) -> a / (b | 1)),
        longs("max.u64 %rd12, %rd10, %rd11", (a, b) -> Long.compareUnsigned(a, b) > 0 ? a : b),
        longs("neg.s64 %rd12, %rd10", (a, b) -> -a),
        longs("or.b64 %rd12, %rd10, %rd11", (a, b) -> a | b),
        longs("xor.b64 %rd12, %rd10, %rd11", (a, b) -> a ^ b),
        longs("shl.b64 %rd12, %rd10, %r11", (a, b) -> low(b) < 64 ? a << b : 0),
        longs("shr.u64 %rd12, %rd10, %r11", (a, b) -> low(b) < 64 ? a >>> b : 0),
        longs("shr.s64 %rd12, %rd10, %r11", (a, b) -> a >> Math.min(low(b), 63)),
        longs("mov.u64 %rd12, -4", (a, b) -> -4),
        longs("cvta.global.u64 %rd12, %rd10", (a, b) -> a),
        longs("selp.b64 %rd12, %rd10, %rd11, %p1", (a, b) -> b),
        ints("add.s32 %r12, %r10, %r11", (a, b) -> a + b),
        ints("sub.u32 %r12, %r10, %r11", (a, b) -> a - b),
        ints("mul.lo.s32 %r12, %r10, %r11", (a, b) -> a * b),
        ints("mul.hi.s32 %r12, %r10, %r11", (a, b) -> (int) (((long) a * b) >> 32)),
        ints("mad.lo.s32 %r12, %r10, %r11, %r10", (a, b) -> a * b + a),
        ints(
            "or.b32 %r12, %r11, 1;\ndiv.u32 %r12, %r10, %r12",
            (a, b) -> Integer.divideUnsigned(a, b | 1)),
        ints("or.b32 %r12, %r11, 1;\nrem.s32 %r12, %r10, %r12", (a, b) -> a % (b | 1)),
        ints("min.s32 %r12, %r10, %r11", Math::min),
        ints("abs.s32 %r12, %r10", (a, b) -> Math.abs(a)),
        ints("and.b32 %r12, %r10, %r11", (a, b) -> a & b),
        ints("not.b32 %r12, %r10", (a, b) -> ~a),
        ints("shl.b32 %r12, %r10, %r11", (a, b) -> Integer.compareUnsigned(b, 32) < 0 ? a << b : 0),
        ints("shr.s32 %r12, %r10, %r11", (a, b) -> a >> (int) Math.min(low(b), 31)),
        ints("shr.u32 %r12, %r10, 3", (a, b) -> a >>> 3),
        longs("mul.wide.s32 %rd12, %r10, %r11", (a, b) -> (long) (int) a * (int) b),
        longs("mul.wide.u32 %rd12, %r10, %r11", (a, b) -> low(a) * low(b)),
        compares("setp.eq.s32 %p2, %r10, %r11", (a, b) -> (int) a == (int) b),
        compares("setp.ne.b64 %p2, %rd10, %rd11", (a, b) -> a != b),
        compares("setp.lt.s32 %p2, %r10, %r11", (a, b) -> (int) a < (int) b),
        compares("setp.lt.u32 %p2, %r10, %r11", (a, b) -> low(a) < low(b)),
        compares("setp.le.s64 %p2, %rd10, %rd11", (a, b) -> a <= b),
        compares("setp.gt.u64 %p2, %rd10, %rd11", (a, b) -> Long.compareUnsigned(a, b) > 0),
        compares("setp.ge.s64 %p2, %rd10, %rd11", (a, b) -> a >= b),
        combines("and.pred", (a, b) -> a & b),
        combines("or.pred", (a, b) -> a | b),
        combines("xor.pred", (a, b) -> a ^ b));
  }

  /** Combines the lowest bits of both, as predicates. */
  private static Case combines(String operation, LongBinaryOperator expected) {
    String text =
        String.format(
            Locale.ROOT,
            """
            and.b32 %%r12, %%r10, 1;
            setp.ne.s32 %%p3, %%r12, 0;
            and.b32 %%r12, %%r11, 1;
            setp.eq.s32 %%p4, %%r12, 0;
            not.pred %%p4, %%p4;
            %s %%p2, %%p3, %%p4\
            """,
            operation);
    return new Case(text, (a, b) -> expected.applyAsLong(a & 1, b & 1));
  }

  private static BigInteger unsigned(long a) {
    return new BigInteger(Long.toUnsignedString(a));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void integers(Case tested) {
    check(tested, LongStream.concat(LongStream.of(INTEGERS), new Random(3).longs(30)).toArray());
  }
}
