package dev.rootmean.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowPlanTest {
  private static int[] part(RowPlan plan, int from, int count) {
    IntBuffer places = plan.places();
    int[] part = new int[count];
    places.get(from, part);
    return part;
  }

  private static final int[] COUNTS = {
    1, 2, 3, 32, 63, 64, 65, 66, 255, 256, 257, 1_000, 2_047, 2_048, 2_049, 4_096, 4_097, 9_000
  };

  /** One plan for all: its arrays keep what was before. */
  @ParameterizedTest
  @ValueSource(
      ints = {1, 2, 64, 257, 2_048, 2_049, 65_537, 4_194_305, 62_000_000, Integer.MAX_VALUE})
  void aPlanIsThatOfAStableSort(int rows) {
    RowPlan plan = new RowPlan(rows);
    SplittableRandom random = new SplittableRandom(rows);
    for (int round = 0; round < 12; round++) {
      for (RowPlanShape shape : RowPlanShape.values()) {
        int count = COUNTS[random.nextInt(COUNTS.length)];
        int[] numbers = shape.numbers(rows, count, random);
        if (random.nextBoolean()) {
          numbers[random.nextInt(count)] = rows - 1;
        }
        plan.truncate(0);
        addByParts(plan, numbers, random);
        ReferencePlan.of(numbers).assertIs(plan, shape + " of " + count);
      }
    }
  }

  /** At once, or as two with others between them, which are forgotten once they were planned. */
  private static void addByParts(RowPlan plan, int[] numbers, SplittableRandom random) {
    int first = random.nextBoolean() ? numbers.length : random.nextInt(numbers.length);
    add(plan, Arrays.copyOf(numbers, first));
    if (first < numbers.length) {
      add(plan, new int[100]);
      plan.places();
      plan.truncate(first);
      long[] rest = Arrays.stream(numbers, first, numbers.length).asLongStream().toArray();
      plan.check(rest);
      plan.ensureRoom(rest.length);
      plan.add(rest);
    }
  }

  private static void add(RowPlan plan, int[] numbers) {
    plan.check(numbers);
    plan.ensureRoom(numbers.length);
    plan.add(numbers);
  }

  /** The borders at which there is one more level. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 64, 65, 128, 129, 4_096, 4_097, 8_192, 262_144, 262_145})
  void asManyOfOneRowMakeLevels(int many) {
    for (boolean isFirst : new boolean[] {true, false}) {
      int[] numbers = new int[many + 70];
      Arrays.setAll(numbers, i -> i < many ? 40 : i - many);
      if (!isFirst) {
        numbers[0] = 41;
        numbers[many] = 40;
      }
      RowPlan plan = new RowPlan(100);
      add(plan, numbers);
      ReferencePlan.of(numbers).assertIs(plan, "many " + many);
    }
  }

  @Test
  void nothingIsPlannedOfNothing() {
    RowPlan plan = new RowPlan(3);
    ReferencePlan.of(new int[0]).assertIs(plan, "new");
    add(plan, new int[] {2, 0});
    assertEquals(2, plan.distinct());
    plan.truncate(0);
    ReferencePlan.of(new int[0]).assertIs(plan, "cleared");
  }

  /** The first of them is named, wherever it is. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 17, 64, 1_000})
  void numbersThatTheTableDoesNotHaveAreRefused(int count) {
    for (long rows : new long[] {1, 100, Integer.MAX_VALUE}) {
      RowPlan plan = new RowPlan(rows);
      for (int at = 0; at < count; at += 1 + count / 20) {
        for (long wrong :
            new long[] {-1, Integer.MIN_VALUE, rows, Long.MIN_VALUE, Long.MAX_VALUE}) {
          long[] numbers = new long[count];
          numbers[count - 1] = rows - 1;
          plan.check(numbers);
          numbers[at] = wrong;
          assertRefused(at, wrong, () -> plan.check(numbers));
          if (wrong == (int) wrong) {
            int[] ints = Arrays.stream(numbers).mapToInt(number -> (int) number).toArray();
            assertRefused(at, wrong, () -> plan.check(ints));
          }
        }
      }
    }
  }

  private static void assertRefused(int at, long wrong, Executable check) {
    String message = assertThrows(IndexOutOfBoundsException.class, check).getMessage();
    assertTrue(message.startsWith("rows[" + at + "] is " + wrong + ":"), message);
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
