package dev.rootmean.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.rootmean.contract.machinery.ReferenceRounding;
import dev.rootmean.spi.RandomBits.Share;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random bits are those that are specified, and as good as independent ones: each bar is five
 * standard deviations of what these would give.
 */
@Tag("any-jdk")
class RandomBitsTest {
  private static final double SIGMAS = 5;
  private static final int COUNT = 1 << 20;
  private static final int KEY = RandomBits.key(0, 0);

  /** Of a number that is any of 0 to 65,535. */
  private static final double MEAN = 65_535 / 2.0;

  private static final double VARIANCE = (65_536.0 * 65_536.0 - 1) / 12;

  private static int share(Share share, int bits) {
    return (bits ^ (bits >>> 16 & share.folded())) >>> share.shift() & 0xFFFF;
  }

  private static int bits(int key, long place) {
    return RandomBits.of(RandomBits.keyAt(key, place), (int) place);
  }

  @Test
  void theyAreThoseThatAreSpecified() {
    RandomGenerator random = new SplittableRandom(1);
    for (int i = 0; i < 10_000; i++) {
      long seed = random.nextLong() >> random.nextInt(64);
      long attempt = random.nextLong() >>> random.nextInt(64);
      long place = random.nextLong() >>> (1 + random.nextInt(63));
      int key = RandomBits.key(seed, attempt);
      assertEquals((int) ReferenceRounding.key(seed, attempt), key);
      for (String row : new String[] {"p", "v", "b", "m"}) {
        int expected = ReferenceRounding.bits(ReferenceRounding.key(seed, attempt), place, row);
        assertEquals(expected, share(Share.of(row), bits(key, place)), row);
      }
    }
    assertNull(Share.of("g"));
  }

  @Test
  void eachBitIsOneHalfOfTheTime() {
    int[] ones = new int[32];
    for (int place = 0; place < COUNT; place++) {
      int bits = bits(KEY, place);
      for (int b = 0; b < 32; b++) {
        ones[b] += bits >>> b & 1;
      }
    }
    for (int b = 0; b < 32; b++) {
      assertEquals(COUNT / 2.0, ones[b], SIGMAS * Math.sqrt(COUNT) / 2, "bit " + b);
    }
  }

  /** How those of one row and another correlate, the other's so many places and attempts on. */
  private static double correlation(Share one, Share other, long lag, int attempts) {
    int key = RandomBits.key(0, attempts);
    double sum = 0;
    for (int place = 0; place < COUNT; place++) {
      sum += (share(one, bits(KEY, place)) - MEAN) * (share(other, bits(key, place + lag)) - MEAN);
    }
    return sum / COUNT / VARIANCE;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 8, 64, 255, 1024, 16_384, 1L << 32, 5L << 32})
  void neighboursAreIndependent(long lag) {
    for (Share share : Share.values()) {
      assertEquals(0, correlation(share, share, lag, 0), SIGMAS / Math.sqrt(COUNT), "of " + share);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 1000})
  void attemptsAreIndependent(int attempts) {
    for (Share share : Share.values()) {
      double found = correlation(share, share, 0, attempts);
      assertEquals(0, found, SIGMAS / Math.sqrt(COUNT), "of " + share);
    }
  }

  /**
   * The momentum's upper byte is the parameters' lower one, and its lower byte is the square
   * average's upper one: by that it correlates with both by 1/256.
   */
  @Test
  void rowsAreIndependent() {
    for (Share one : Share.values()) {
      for (Share other : Share.values()) {
        boolean isNextToIt =
            one == Share.MOMENTUM && (other == Share.PARAMS || other == Share.SQUARE_AVERAGE);
        double expected = isNextToIt ? 1 / 256.0 : 0;
        if (one != other && (isNextToIt || other != Share.MOMENTUM)) {
          double found = correlation(one, other, 0, 0);
          assertEquals(expected, found, SIGMAS / Math.sqrt(COUNT), one + " and " + other);
        }
      }
    }
  }

  /**
   * What roundings add up to over many attempts at a place, and over many places in an attempt,
   * varies as that of independent ones: the variance of n sums is known to √(2/(n - 1)) of itself.
   */
  @Test
  void sumsVaryAsThoseOfIndependentOnes() {
    int sums = 4096;
    int added = 256;
    for (Share share : Share.values()) {
      double ofPlaces = 0;
      double ofAttempts = 0;
      for (int i = 0; i < sums; i++) {
        double alongAttempts = 0;
        double alongPlaces = 0;
        for (int j = 0; j < added; j++) {
          alongAttempts += share(share, bits(RandomBits.key(1, j), i)) - MEAN;
          alongPlaces += share(share, bits(RandomBits.key(1, i), j)) - MEAN;
        }
        ofPlaces += alongAttempts * alongAttempts;
        ofAttempts += alongPlaces * alongPlaces;
      }
      double expected = added * VARIANCE;
      double deviation = SIGMAS * Math.sqrt(2.0 / (sums - 1));
      assertEquals(1, ofPlaces / sums / expected, deviation, "over attempts, " + share);
      assertEquals(1, ofAttempts / sums / expected, deviation, "over places, " + share);
    }
  }
}
