package dev.rootmean.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Ranges in any order are known element by element. */
class RoundedRangesTest {
  private static final int ELEMENTS = 60;

  @Test
  void rangesInAnyOrderAreKnown() {
    RandomGenerator random = new SplittableRandom(1);
    for (int round = 0; round < 300; round++) {
      RoundedRanges ranges = new RoundedRanges();
      BitSet rounded = new BitSet();
      for (int i = 0; i < 40; i++) {
        int first = random.nextInt(ELEMENTS);
        int length = 1 + random.nextInt(Math.min(9, ELEMENTS - first));
        if (rounded.get(first, first + length).isEmpty()) {
          ranges.add(round, first, length);
          rounded.set(first, first + length);
        }
        assertKnown(rounded, ranges, round);
      }
    }
  }

  private static void assertKnown(BitSet rounded, RoundedRanges ranges, long attempt) {
    for (int first = 0; first < ELEMENTS; first++) {
      for (int length : new int[] {1, 2, 7, ELEMENTS}) {
        boolean expected = !rounded.get(first, first + length).isEmpty();
        assertEquals(expected, ranges.contains(attempt, first, length));
        assertFalse(ranges.contains(attempt + 1, first, length), "another attempt");
      }
    }
  }

  @Test
  void anotherAttemptBeginsAnew() {
    RoundedRanges ranges = new RoundedRanges();
    ranges.add(3, 10, 5);
    ranges.add(3, 20, 5);
    ranges.add(4, 12, 1);
    assertFalse(ranges.contains(3, 10, 15), "of the last attempt alone");
    assertFalse(ranges.contains(4, 10, 2));
    assertTrue(ranges.contains(4, 10, 3));
    ranges.clear();
    assertFalse(ranges.contains(4, 12, 1));
    ranges.add(4, 0, 1L << 40);
    assertTrue(ranges.contains(4, (1L << 40) - 1, 1));
    assertFalse(ranges.contains(4, 1L << 40, 1));
  }
}
