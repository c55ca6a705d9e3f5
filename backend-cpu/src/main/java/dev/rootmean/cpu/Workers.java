package dev.rootmean.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A few threads that share the units of one task with the caller. A helper that runs out of work
 * spins for some microseconds, so that the next of a row of steps finds it awake, and then parks: a
 * library must not burn an idle core. Waking one costs a tenth of what an executor takes.
 */
final class Workers implements AutoCloseable {
  /** What the threads share; it is told which unit to do, and which thread does it. */
  interface Task {
    void run(int unit, int worker);
  }

  /** Some 50 µs. */
  private static final int SPINS = 1_000;

  private final Helper[] helpers;
  private final AtomicInteger unclaimed = new AtomicInteger();
  private final AtomicInteger unfinished = new AtomicInteger();

  // Written before unclaimed is set, read after a unit was claimed: while there is one, the caller
  // waits, and they stay as they are.
  private Task task;
  private int units;

  private volatile Throwable failure;
  private volatile boolean closed;

  Workers(int threads) {
    helpers = new Helper[threads - 1];
  }

  /** Runs units 0 to {@code units - 1} and returns when all have ended. */
  @SuppressWarnings("ThreadPriorityCheck") // yield is for speed alone: without it all is as right
  void run(Task task, int units) {
    if (units == 1 || helpers.length == 0) {
      for (int unit = 0; unit < units; unit++) {
        task.run(unit, 0);
      }
      return;
    }
    int wanted = Math.min(helpers.length, units - 1);
    start(wanted);
    this.task = task;
    this.units = units;
    unfinished.set(units);
    unclaimed.set(units);
    for (int i = 0; i < wanted; i++) {
      wake(helpers[i]);
    }
    work(0);
    for (int spins = 0; unfinished.get() > 0; spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        Thread.yield(); // the helper may need this very processor to go on
      }
    }
    this.task = null;
    if (failure != null) {
      IllegalStateException e = new IllegalStateException("a step failed in a helper", failure);
      failure = null;
      throw e;
    }
  }

  /** Before there is work: where the system has no thread left, fewer of them do it all. */
  private void start(int count) {
    for (int i = 0; i < count; i++) {
      if (helpers[i] == null) {
        Helper helper = new Helper(i + 1);
        try {
          helper.start();
        } catch (OutOfMemoryError e) { // what Java calls it: tried again at the next step
          return;
        }
        helpers[i] = helper;
      }
    }
  }

  private static void wake(Helper helper) {
    if (helper != null && helper.parked) {
      LockSupport.unpark(helper);
    }
  }

  private void work(int worker) {
    for (int left = claim(); left > 0; left = claim()) {
      try {
        task.run(units - left, worker);
      } catch (Throwable e) { // the caller waits for this unit in any case, and is told
        failure = e;
      } finally {
        unfinished.decrementAndGet();
      }
    }
  }

  /** Takes a unit: how many there were before, 0 if there was none. */
  private int claim() {
    int left = unclaimed.get();
    while (left > 0 && !unclaimed.compareAndSet(left, left - 1)) {
      left = unclaimed.get();
    }
    return left;
  }

  @Override
  public void close() {
    closed = true;
    for (Helper helper : helpers) {
      LockSupport.unpark(helper);
    }
  }

  private final class Helper extends Thread {
    private final int worker;
    private volatile boolean parked;

    Helper(int worker) {
      super("rootmean-cpu-" + worker);
      this.worker = worker;
      setDaemon(true);
    }

    @Override
    public void run() {
      while (!closed) {
        work(worker);
        for (int spins = 0; spins < SPINS && unclaimed.get() == 0; spins++) {
          Thread.onSpinWait();
        }
        parked = true;
        if (unclaimed.get() == 0 && !closed) {
          LockSupport.park(this);
        }
        parked = false;
      }
    }
  }
}
