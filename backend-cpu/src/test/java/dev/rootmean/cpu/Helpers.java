package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The helper threads of a backend under test.
 *
 * @param threads in whatever thread group
 */
record Helpers(Set<Thread> threads) {
  static Helpers startedBy(Runnable work) {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    work.run();
    Set<Thread> started = new HashSet<>(Thread.getAllStackTraces().keySet());
    started.removeAll(before);
    started.removeIf(thread -> !thread.getName().startsWith("rootmean-cpu-"));
    return new Helpers(started);
  }

  /** Until all are parked. */
  void awaitIdle() throws InterruptedException {
    for (Thread helper : threads) {
      long start = System.nanoTime();
      while (helper.getState() != Thread.State.WAITING) {
        assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(30), helper + " is busy");
        Thread.sleep(1);
      }
    }
  }
}
