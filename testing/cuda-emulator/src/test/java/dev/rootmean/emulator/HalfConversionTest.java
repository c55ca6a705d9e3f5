package dev.rootmean.emulator;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** cvt from and to float16 gives what a search of all of them gives. */
class HalfConversionTest extends InstructionTest {
  /** The number of a float16 that is none or positive; of infinity the power that would follow. */
  private static double half(int bits) {
    int exponent = bits >> 10;
    return exponent == 0 ? bits * 0x1p-24 : Math.scalb(1024.0 + (bits & 1023), exponent - 25);
  }

  private static long widened(long register) {
    int magnitude = (int) register & 0x7FFF;
    double value =
        magnitude > 0x7C00
            ? Double.NaN
            : magnitude == 0x7C00 ? Double.POSITIVE_INFINITY : half(magnitude);
    return Float.floatToIntBits((float) ((register & 0x8000) == 0 ? value : -value));
  }

  /** The nearest of all; of two that are as near, the one with an even last bit. */
  private static long nearestHalf(float x) {
    if (Float.isNaN(x)) {
      return 0x7FFF;
    }
    double magnitude = Math.min(Math.abs(x), half(0x7C00));
    int nearest = 0;
    for (int bits = 1; bits <= 0x7C00; bits++) {
      double nearer = Math.abs(half(nearest) - magnitude) - Math.abs(half(bits) - magnitude);
      nearest = nearer > 0 || (nearer == 0 && bits % 2 == 0) ? bits : nearest;
    }
    return Float.floatToRawIntBits(x) < 0 ? nearest | 0x8000 : nearest;
  }

  @Test
  void halves() {
    long[] chosen = {0, 1, 0x3FF, 0x400, 0x3C00, 0x7BFF, 0x7C00, 0x7C01, 0x7E00, 0x7FFF};
    long[] halves =
        Stream.of(
                LongStream.of(chosen),
                LongStream.of(chosen).map(bits -> bits | 0x8000),
                new Random(10).longs(100))
            .flatMapToLong(values -> values)
            .toArray();
    check(new Case("cvt.f32.f16 %f12, %rs10", (a, b) -> widened(a)), halves);
    DoubleStream borders =
        DoubleStream.of(0x1p-26, 0x1p-25, 0x1.000002p-25, 0x1.8p-24, 0x1.ffep-15, 65_519, 65_520);
    DoubleStream ties = new Random(11).ints(30, 0, 0x7C00).mapToDouble(i -> half(i) + half(i + 1));
    DoubleStream random =
        new Random(12).doubles(30).map(d -> Math.scalb(d, (int) Math.floor(40 * d) - 30));
    long[] floats =
        LongStream.concat(
                Stream.of(DoubleStream.of(FLOATS), borders, ties.map(sum -> sum / 2), random)
                    .flatMapToDouble(values -> values)
                    .mapToLong(d -> Float.floatToRawIntBits((float) d)),
                new Random(13).ints(30).mapToLong(bits -> bits))
            .toArray();
    Map<Long, Long> nearest = new HashMap<>(); // each is asked for with every other operand
    check(
        new Case(
            "cvt.rn.f16.f32 %rs12, %f10",
            (a, b) ->
                nearest.computeIfAbsent(
                    a, bits -> nearestHalf(Float.intBitsToFloat(bits.intValue())))),
        floats);
  }
}
