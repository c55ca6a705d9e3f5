package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkersTest {
  @ParameterizedTest
  @CsvSource({"1, 1", "1, 7", "2, 1", "2, 2", "2, 1000", "5, 3", "5, 1000"})
  void everyUnitRunsOnce(int threads, int units) {
    try (Workers workers = new Workers(threads)) {
      for (int round = 0; round < 500; round++) {
        AtomicIntegerArray runs = new AtomicIntegerArray(units);
        workers.run((unit, worker) -> runs.incrementAndGet(unit), units);
        for (int unit = 0; unit < units; unit++) {
          assertEquals(1, runs.get(unit), "unit " + unit + " of round " + round);
        }
      }
    }
  }

  @Test
  void noThreadDoesTwoUnitsAtATime() {
    int threads = 4;
    try (Workers workers = new Workers(threads)) {
      int[] busy = new int[threads * 16]; // apart, so that no two threads write one cache line
      int[] overlaps = new int[threads * 16];
      workers.run(
          (unit, worker) -> {
            overlaps[worker * 16] += busy[worker * 16]++;
            Thread.onSpinWait();
            busy[worker * 16]--;
          },
          100_000);
      assertArrayEquals(new int[threads * 16], overlaps);
    }
  }

  @Test
  void whatFailsInAHelperReachesTheCaller() {
    try (Workers workers = new Workers(2)) {
      IllegalArgumentException planted = new IllegalArgumentException("planted");
      RuntimeException e =
          assertThrows(
              IllegalStateException.class,
              () ->
                  workers.run(
                      (unit, worker) -> {
                        throw planted;
                      },
                      10));
      assertSame(planted, e.getCause());
      workers.run((unit, worker) -> {}, 10); // and the next task is none the worse
    }
  }

  @Test
  void helpersAreDaemonsAndEndWithTheBackend() throws InterruptedException {
    List<Thread> before = helpers();
    Workers workers = new Workers(3);
    workers.run((unit, worker) -> {}, 100);
    List<Thread> started = helpers();
    started.removeAll(before);
    assertEquals(2, started.size());
    assertTrue(started.stream().allMatch(Thread::isDaemon));
    TimeUnit.MILLISECONDS.sleep(20); // by now they are parked
    workers.close();
    for (Thread helper : started) {
      helper.join(10_000);
      assertFalse(helper.isAlive());
    }
  }

  private static List<Thread> helpers() {
    Thread[] threads = new Thread[Thread.activeCount() + 50];
    int count = Thread.enumerate(threads);
    return new java.util.ArrayList<>(
        Arrays.stream(threads, 0, count)
            .filter(thread -> thread.getName().startsWith("rootmean-cpu-"))
            .toList());
  }
}
