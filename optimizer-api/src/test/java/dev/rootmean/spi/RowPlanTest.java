package dev.rootmean.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowPlanTest {
  private static int[] part(RowPlan plan, int from, int count) {
    IntBuffer places = plan.places();
    int[] part = new int[count];
    places.get(from, part);
    return part;
  }

  /** Sorted by an oracle: the rows, each once, and the places in order of rows and appearance. */
  @ParameterizedTest
  @CsvSource({
    "1, 5",
    "10, 1",
    "10, 300",
    "2048, 4000",
    "2049, 4000",
    "5000000, 20000",
    "2147483647, 20000"
  })
  void numbersAreSortedAndStayInOrder(long rows, int count) {
    RowPlan plan = new RowPlan(rows);
    for (int seed = 0; seed < 3; seed++) {
      int[] numbers = new SplittableRandom(seed).ints(count, 0, (int) rows).toArray();
      numbers[count - 1] = (int) rows - 1;
      plan.truncate(0);
      plan.check(numbers);
      plan.ensureRoom(count);
      plan.add(numbers);
      int[] touched = Arrays.stream(numbers).sorted().distinct().toArray();
      assertEquals(touched.length, plan.distinct());
      assertEquals(touched.length < count, plan.hasDuplicates());
      assertArrayEquals(touched, part(plan, 0, touched.length));
      int[] order =
          IntStream.range(0, count)
              .boxed()
              .sorted(Comparator.comparingInt(i -> numbers[i]))
              .mapToInt(i -> i)
              .toArray();
      assertArrayEquals(order, part(plan, plan.order(), count));
    }
  }

  /** 65 of row 3 are two chunks, whose sums are a run in the next level; row 1 has one in each. */
  @Test
  void runsAreCutInChunks() {
    RowPlan plan = new RowPlan(4);
    int[] numbers = new int[66];
    Arrays.fill(numbers, 3);
    numbers[10] = 1;
    plan.ensureRoom(66);
    plan.add(numbers);
    assertEquals(2, plan.levels());
    assertEquals(3, plan.pieces(0));
    assertArrayEquals(new int[] {0, 1, 65, 66}, part(plan, plan.starts(0), 4));
    assertEquals(2, plan.pieces(1));
    assertArrayEquals(new int[] {0, 1, 3}, part(plan, plan.starts(1), 3));
    assertEquals(3, plan.between());
    assertArrayEquals(new int[] {0, 1, 2}, part(plan, plan.each(), 3));
  }

  @Test
  void upTo64AreOneChunk() {
    RowPlan plan = new RowPlan(4);
    plan.ensureRoom(64);
    plan.add(new long[64]);
    assertEquals(1, plan.levels());
    assertEquals(0, plan.between());
    assertArrayEquals(new int[] {0, 64}, part(plan, plan.starts(0), 2));
  }

  @Test
  void tooManyAreRefused() {
    RowPlan plan = new RowPlan(4);
    int[] half = new int[1 << 24];
    plan.check(half);
    plan.ensureRoom(half.length);
    plan.add(half);
    plan.check(half);
    plan.ensureRoom(half.length);
    plan.add(half);
    assertThrows(IllegalArgumentException.class, () -> plan.check(new int[1]));
    assertEquals(5, plan.levels(), "64^5 is more");
    plan.truncate(0);
    plan.check(new int[1]);
  }
}
