package dev.rootmean.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a {@link RowPlan} is to be, said plainly, by the JDK's stable sort.
 *
 * @param distinct how many rows are touched
 * @param starts of each level
 * @param pieces of each level
 * @param each where each place there is begins
 * @param places all that a device is told
 */
record ReferencePlan(
    int distinct, List<Integer> starts, List<Integer> pieces, int each, List<Integer> places) {

  static ReferencePlan of(int[] numbers) {
    int[] touched = Arrays.stream(numbers).sorted().distinct().toArray();
    List<Integer> places = new ArrayList<>(Arrays.stream(touched).boxed().toList());
    IntStream.range(0, numbers.length)
        .boxed()
        .sorted(Comparator.comparingInt(i -> numbers[i]))
        .forEach(places::add);
    List<Integer> starts = new ArrayList<>();
    List<Integer> pieces = new ArrayList<>();
    int[] lengths = new int[touched.length];
    Arrays.stream(numbers).forEach(number -> lengths[Arrays.binarySearch(touched, number)]++);
    boolean isLast = numbers.length == 0;
    while (!isLast) {
      isLast = Arrays.stream(lengths).allMatch(length -> length <= 64);
      starts.add(places.size());
      int from = 0;
      for (int run = 0; run < lengths.length; run++) {
        for (int at = 0; at < lengths[run]; at += 64) {
          places.add(from + at);
        }
        from += lengths[run];
        lengths[run] = (lengths[run] + 63) / 64;
      }
      places.add(from);
      pieces.add(Arrays.stream(lengths).sum());
    }
    int each = places.size();
    int sums = pieces.isEmpty() ? 0 : pieces.get(0);
    IntStream.range(0, sums).forEach(places::add);
    return new ReferencePlan(touched.length, starts, pieces, each, places);
  }

  void assertIs(RowPlan plan, String what) {
    assertEquals(distinct, plan.distinct(), what);
    assertEquals(starts.size(), plan.levels(), what);
    for (int level = 0; level < plan.levels(); level++) {
      assertEquals(starts.get(level), plan.starts(level), what);
      assertEquals(pieces.get(level), plan.pieces(level), what);
    }
    assertEquals(distinct, plan.order(), what);
    assertEquals(each, plan.each(), what);
    int[] found = new int[plan.places().limit()];
    plan.places().get(found);
    assertArrayEquals(places.stream().mapToInt(i -> i).toArray(), found, what);
  }
}
