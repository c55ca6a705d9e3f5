package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.rootmean.DeviceLostException;
import dev.rootmean.DeviceOutOfMemoryException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {
  /** Enough to wake all helpers of a test. */
  static final long MUCH = 1 << 20;

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 7", "2, 1", "2, 2", "2, 1000", "5, 3", "5, 1000"})
  void everyUnitRunsOnce(int threads, int units) {
    try (Workers workers = workers(threads)) {
      for (int round = 0; round < 500; round++) {
        AtomicIntegerArray runs = new AtomicIntegerArray(units);
        workers.run("step", (unit, worker) -> runs.incrementAndGet(unit), units, MUCH);
        for (int unit = 0; unit < units; unit++) {
          assertEquals(1, runs.get(unit), "unit " + unit + " of round " + round);
        }
      }
    }
  }

  @Test
  void noThreadDoesTwoUnitsAtATime() {
    int threads = 4;
    try (Workers workers = workers(threads)) {
      int[] busy = new int[threads * 16]; // apart, so that no two threads write one cache line
      int[] overlaps = new int[threads * 16];
      workers.run(
          "step",
          (unit, worker) -> {
            overlaps[worker * 16] += busy[worker * 16]++;
            Thread.onSpinWait();
            busy[worker * 16]--;
          },
          100_000,
          MUCH);
      assertArrayEquals(new int[threads * 16], overlaps);
    }
  }

  @Test
  void whoeverMayDoAUnitHasWorkingMemory() {
    int threads = 4;
    try (Workers workers = workers(threads)) {
      Prepared prepared = new Prepared();
      for (int round = 0; round < 2_000; round++) {
        prepared.threads = 0;
        workers.run(
            "step", prepared, 1 + round % 5, MUCH); // awake helpers take what others are woken for
      }
      assertTrue(prepared.threads <= threads);
    }
  }

  private static final class Prepared implements Workers.Task {
    private int threads;

    @Override
    public void prepare(int threads) {
      this.threads = threads;
    }

    @Override
    public void run(int unit, int worker) {
      assertTrue(worker < threads, worker + " of " + threads);
    }
  }

  /** With one thread, the caller's own unit fails; with three, some of them a helper's. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aUnitThatFailsIsTheLossOfTheBackend(int threads) {
    try (Workers workers = workers(threads)) {
      Error planted = new StackOverflowError();
      Workers.Task failing =
          (unit, worker) -> {
            if (unit == 7) {
              throw planted;
            }
          };
      Exception e =
          assertThrows(DeviceLostException.class, () -> workers.run("step", failing, 10, MUCH));
      assertEquals(
          "cpu: step: failed in its middle: parameters and state may be mixed;"
              + " close this backend, open a new one and restore them",
          e.getMessage());
      assertSame(planted, e.getCause());

      AtomicInteger runs = new AtomicInteger();
      Exception later =
          assertThrows(
              DeviceLostException.class,
              () -> workers.run("add", (unit, worker) -> runs.incrementAndGet(), 10, MUCH));
      assertEquals(e.getMessage(), later.getMessage());
      assertEquals(0, runs.get());
      assertThrows(DeviceLostException.class, workers::requireWhole);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void whatFailsBeforeTheFirstUnitIsNoLoss(int threads) {
    try (Workers workers = workers(threads)) {
      Workers.Task greedy =
          new Workers.Task() {
            @Override
            public void prepare(int threads) {
              throw new OutOfMemoryError("planted");
            }

            @Override
            public void run(int unit, int worker) {
              fail("nothing was prepared");
            }
          };
      Exception e =
          assertThrows(
              DeviceOutOfMemoryException.class, () -> workers.run("step", greedy, 10, MUCH));
      assertEquals(
          "cpu: step: "
              + (threads == 1 ? "1 thread's" : threads + " threads'")
              + " working memory: too much for the Java heap of "
              + CpuDevice.memory()
              + " bytes: raise -Xmx",
          e.getMessage());
      AtomicInteger runs = new AtomicInteger();
      workers.run("step", (unit, worker) -> runs.incrementAndGet(), 10, MUCH);
      assertEquals(10, runs.get());
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "65535, 0", "65536, 1", "131072, 2", "10000000, 4"})
  void noMoreHelpersAreStartedThanPay(long work, int helpers) {
    try (Workers workers = workers(5)) {
      Runnable task = () -> workers.run("step", (unit, worker) -> {}, 100, work);
      assertEquals(helpers, Helpers.startedBy(task).threads().size());
    }
  }

  @Test
  void aRowOfSmallTasksWakesThemAll() {
    try (Workers workers = workers(5)) {
      Runnable row =
          () -> {
            for (int task = 0; task < 10_000; task++) {
              workers.run("step", (unit, worker) -> {}, 100, 1);
            }
          };
      assertEquals(4, Helpers.startedBy(row).threads().size());
    }
  }

  @Test
  void helpersEndWithTheBackend() throws InterruptedException {
    Workers workers = workers(3);
    Helpers helpers = Helpers.startedBy(() -> workers.run("step", (unit, worker) -> {}, 100, MUCH));
    assertEquals(2, helpers.threads().size());
    helpers.awaitIdle();
    workers.close();
    for (Thread helper : helpers.threads()) {
      helper.join(10_000);
      assertFalse(helper.isAlive());
    }
  }

  static Workers workers(int threads) {
    return new Workers(threads, new FullHeap());
  }
}
