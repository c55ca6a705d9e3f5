package dev.rootmean.emulator;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.function.LongBinaryOperator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Integers of 16 bits, and what takes registers apart and puts them together, give Java's bits. */
class NarrowInstructionTest extends InstructionTest {
  /** Where 8 and 16 bits end. */
  static final long[] NARROW = {127, 128, 255, 256, -128, -129, 32_767, 32_768, 65_535, 65_536};

  private interface IntOperator {
    int apply(int a, int b);
  }

  private interface Comparison {
    boolean holds(int a, int b);
  }

  private static Case signed(String instruction, IntOperator expected) {
    return new Case(instruction, (a, b) -> expected.apply((short) a, (short) b));
  }

  private static Case unsigned(String instruction, IntOperator expected) {
    return new Case(instruction, (a, b) -> expected.apply((char) a, (char) b));
  }

  private static Case signedCompare(String name, Comparison expected) {
    return signed("setp." + name + " %p2, %rs10, %rs11", (a, b) -> expected.holds(a, b) ? 1 : 0);
  }

  private static Case unsignedCompare(String name, Comparison expected) {
    return unsigned("setp." + name + " %p2, %rs10, %rs11", (a, b) -> expected.holds(a, b) ? 1 : 0);
  }

  static Stream<Case> halves() {
    return Stream.of(
        signed("add.s16 %rs12, %rs10, %rs11", (a, b) -> a + b),
        unsigned("add.u16 %rs12, %rs10, 65535", (a, b) -> a - 1),
        signed("sub.s16 %rs12, %rs10, %rs11", (a, b) -> a - b),
        unsigned("mul.lo.u16 %rs12, %rs10, %rs11", (a, b) -> a * b),
        signed("mul.hi.s16 %rs12, %rs10, %rs11", (a, b) -> (a * b) >> 16),
        unsigned("mul.hi.u16 %rs12, %rs10, %rs11", (a, b) -> (a * b) >>> 16),
        signed("mad.lo.s16 %rs12, %rs10, %rs11, %rs10", (a, b) -> a * b + a),
        signed("mul.wide.s16 %r12, %rs10, %rs11", (a, b) -> a * b),
        unsigned("mul.wide.u16 %r12, %rs10, %rs11", (a, b) -> a * b),
        unsigned("or.b16 %rs12, %rs11, 1;\ndiv.u16 %rs12, %rs10, %rs12", (a, b) -> a / (b | 1)),
        signed("or.b16 %rs12, %rs11, 1;\nrem.s16 %rs12, %rs10, %rs12", (a, b) -> a % (b | 1)),
        signed("min.s16 %rs12, %rs10, %rs11", Math::min),
        unsigned("min.u16 %rs12, %rs10, %rs11", Math::min),
        signed("max.s16 %rs12, %rs10, %rs11", Math::max),
        unsigned("max.u16 %rs12, %rs10, %rs11", Math::max),
        signed("neg.s16 %rs12, %rs10", (a, b) -> -a),
        signed("abs.s16 %rs12, %rs10", (a, b) -> Math.abs(a)),
        signed("and.b16 %rs12, %rs10, %rs11", (a, b) -> a & b),
        signed("or.b16 %rs12, %rs10, %rs11", (a, b) -> a | b),
        signed("xor.b16 %rs12, %rs10, -2", (a, b) -> a ^ -2),
        signed("not.b16 %rs12, %rs10", (a, b) -> ~a),
        wide("shl.b16 %rs12, %rs10, %r11", (a, b) -> low(b) < 16 ? a << b : 0),
        wide("shr.u16 %rs12, %rs10, %r11", (a, b) -> low(b) < 16 ? (char) a >>> b : 0),
        wide("shr.b16 %rs12, %rs10, 3", (a, b) -> (char) a >>> 3),
        wide("shr.s16 %rs12, %rs10, %r11", (a, b) -> (short) a >> Math.min(low(b), 15)),
        signed("mov.u16 %rs12, %rs10", (a, b) -> a),
        signed("mov.b16 %rs12, -4", (a, b) -> -4),
        signed("selp.b16 %rs12, %rs10, %rs11, %p1", (a, b) -> b),
        signed("selp.u16 %rs12, %rs10, 7, %p1", (a, b) -> 7),
        signedCompare("eq.b16", (a, b) -> a == b),
        signedCompare("ne.s16", (a, b) -> a != b),
        signedCompare("lt.s16", (a, b) -> a < b),
        signedCompare("ge.s16", (a, b) -> a >= b),
        unsignedCompare("eq.u16", (a, b) -> a == b),
        unsignedCompare("le.u16", (a, b) -> a <= b),
        unsignedCompare("gt.u16", (a, b) -> a > b));
  }

  private static Case wide(String instruction, LongBinaryOperator expected) {
    return new Case(instruction, expected);
  }

  /** Vectors of registers, and what moves bits across the borders of words. */
  static Stream<Case> parts() {
    return Stream.of(
        wide("mov.b32 %r12, {%rs10, %rs11}", (a, b) -> (char) a | b << 16),
        wide("mov.b32 %r12, {%rs10, 49024}", (a, b) -> (char) a | 49_024L << 16),
        wide("mov.b64 %rd12, {%r10, %r11}", (a, b) -> low(a) | b << 32),
        wide("mov.b64 %rd12, {%f10, %f11}", (a, b) -> low(a) | b << 32),
        wide(
            "mov.b64 %rd12, {%rs10, %rs11, %rs11, %rs10}",
            (a, b) -> (char) a | (b & 0xFFFF) << 16 | (b & 0xFFFF) << 32 | a << 48),
        wide("mov.b32 {%rs12, %rs13}, %r10", (a, b) -> a),
        wide("mov.b32 {%rs13, %rs12}, %r10", (a, b) -> a >>> 16),
        wide("mov.b64 {%r12, %r13}, %rd10", (a, b) -> a),
        wide("mov.b64 {%f13, %f12}, %rd10", (a, b) -> a >>> 32),
        wide("mov.b64 {%rs13, %rs14, %rs12, %rs15}, %rd10", (a, b) -> a >>> 32),
        wide("mov.b64 {%rs13, %rs14, %rs15, %rs12}, %rd10", (a, b) -> a >>> 48),
        wide(
            "shf.l.wrap.b32 %r12, %r10, 20231, %r11",
            (a, b) -> funnel(a, 20_231) << (b & 31) >>> 32),
        wide("shf.r.wrap.b32 %r12, %r10, 20231, %r11", (a, b) -> funnel(a, 20_231) >>> (b & 31)),
        wide(
            "shf.l.wrap.b32 %r12, %r10, %r10, %r11",
            (a, b) -> Integer.rotateLeft((int) a, (int) b)),
        wide(
            "shf.l.clamp.b32 %r12, %r10, 20231, %r11",
            (a, b) -> funnel(a, 20_231) << Math.min(low(b), 32) >>> 32),
        wide(
            "shf.r.clamp.b32 %r12, %r10, 20231, %r11",
            (a, b) -> funnel(a, 20_231) >>> Math.min(low(b), 32)),
        wide("prmt.b32 %r12, %r10, %r11, 0x5410", (a, b) -> (char) a | b << 16),
        wide("prmt.b32 %r12, %r10, 0, 0x0123", (a, b) -> Integer.reverseBytes((int) a)),
        wide("prmt.b32 %r12, %r10, 20231, %r11", NarrowInstructionTest::permute),
        wide("cvt.u32.u8 %r12, 300", (a, b) -> 44),
        wide("cvt.s64.s8 %rd12, 200", (a, b) -> -56),
        wide("bfi.b64 %rd12, %rd10, %rd11, 32, 32", (a, b) -> a << 32 | low(b)),
        wide("bfi.b64 %rd12, %rd10, 5, %r11, 9", (a, b) -> insert(a, 5, b & 0xFF, 9, 64)),
        wide("bfi.b32 %r12, %r10, -7, %r11, 9", (a, b) -> insert(a, -7, b & 0xFF, 9, 32)),
        wide("bfi.b32 %r12, %r10, -7, 3, %r11", (a, b) -> insert(a, -7, 3, b & 0xFF, 32)));
  }

  private static long funnel(long low, long high) {
    return high << 32 | low(low);
  }

  /**
   * The bytes of a and of 20231 that the nibbles of b select, or what the signs of those fill a
   * byte with.
   */
  private static long permute(long a, long b) {
    byte[] bytes = ByteBuffer.allocate(8).putLong(Long.reverseBytes(funnel(a, 20_231))).array();
    int result = 0;
    for (int i = 0; i < 4; i++) {
      int selector = (int) (b >> (4 * i)) & 15;
      int selected = bytes[selector % 8];
      result |= ((selector < 8 ? selected : selected >> 7) & 0xFF) << (8 * i);
    }
    return result;
  }

  /** Bit by bit. */
  private static long insert(long bits, long into, long first, long count, int width) {
    long result = into;
    for (long i = 0; i < count && first + i < width; i++) {
      long bit = 1L << (first + i);
      result = (bits >> i & 1) == 1 ? result | bit : result & ~bit;
    }
    return result;
  }

  @ParameterizedTest
  @MethodSource({"halves", "parts"})
  void narrow(Case tested) {
    LongStream chosen = LongStream.concat(LongStream.of(INTEGERS), LongStream.of(NARROW));
    check(tested, LongStream.concat(chosen, new Random(8).longs(30)).toArray());
  }
}
