package dev.rootmean.contract.machinery;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/** What work takes of the Java heap. */
public final class JavaHeap {
  private static final ThreadMXBean THREAD = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** What C2 may take until it is done, on a busy machine. */
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);

  private JavaHeap() {}

  /** As the other method, with nothing to do after a round. */
  public static long least(int rounds, int times, IntConsumer work) {
    return least(rounds, times, work, () -> {});
  }

  /**
   * Does work in several rounds. The JVM charges its own linking and compiling to a thread too, but
   * not in every round; and what C2 has not compiled yet may take objects that it then does
   * without.
   *
   * @param rounds how many, and for some seconds at least: one that takes nothing is the last
   * @param times how often work is done in a round
   * @param work is measured; is told how often it was done before in the round
   * @param after ends a round, and is not measured
   * @return the bytes of the round that took the least
   */
  public static long least(int rounds, int times, IntConsumer work, Runnable after) {
    long least = Long.MAX_VALUE;
    long start = System.nanoTime();
    for (int round = 0; least > 0; round++) {
      if (round >= rounds && System.nanoTime() - start > PATIENCE) {
        break;
      }
      long before = THREAD.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < times; i++) {
        work.accept(i);
      }
      least = Math.min(least, THREAD.getCurrentThreadAllocatedBytes() - before);
      after.run();
    }
    return least;
  }
}
