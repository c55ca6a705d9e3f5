package dev.rootmean.cpu;

import dev.rootmean.DeviceLostException;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A few threads that share the units of one task with the caller. A helper that runs out of work
 * spins for some microseconds, so that the next of a row of steps finds it awake, and then parks: a
 * library must not burn an idle core. Waking one costs a tenth of what an executor takes.
 *
 * <p>Whatever a unit throws leaves its task half done, and that is the end: it is told as the loss
 * of the backend, and told again whenever something is asked later, since there may be too little
 * stack or heap to tell it now.
 */
final class Workers implements AutoCloseable {
  /** What the threads share. */
  interface Task {
    /**
     * Makes working memory before the first unit begins; what fails here has changed nothing.
     *
     * @param threads more than the number of any thread that may do a unit
     */
    default void prepare(int threads) {}

    /**
     * Does a part of the task.
     *
     * @param unit which part
     * @param worker the number of the thread that does it
     */
    void run(int unit, int worker);
  }

  /** By the clock, since a pause takes ten times as long on some processors as on others. */
  private static final long SPIN_NANOS = 35_000;

  private final FullHeap heap;
  private final Helper[] helpers;
  private int started;
  private final AtomicInteger unclaimed = new AtomicInteger();
  private final AtomicInteger unfinished = new AtomicInteger();

  // Written before unclaimed is set, read after a unit was claimed: while there is one, the caller
  // waits, and they stay as they are.
  private String operation;
  private Task task;
  private int units;

  private volatile Throwable failure;
  private volatile boolean closed;

  Workers(int threads, FullHeap heap) {
    this.heap = heap;
    helpers = new Helper[threads - 1];
  }

  /**
   * Runs units 0 to {@code units - 1} and returns when all have ended.
   *
   * @param operation what they are together
   * @throws DeviceLostException if a unit has failed, of this task or of an earlier one
   */
  void run(String operation, Task task, int units) {
    requireWhole();
    int wanted = Math.min(helpers.length, units - 1);
    start(wanted);
    int threads = wanted == 0 ? 1 : 1 + started;
    try {
      task.prepare(threads);
    } catch (OutOfMemoryError e) {
      String memory = threads == 1 ? " thread's working memory" : " threads' working memory";
      throw heap.during(operation, threads, memory, e);
    }
    this.operation = operation;
    this.task = task;
    this.units = units;
    try {
      if (threads == 1) {
        runAlone();
      } else {
        share(wanted);
      }
    } catch (Throwable e) { // an assignment needs neither stack nor heap
      failure = e;
    }
    requireWhole();
  }

  /** After a unit has failed, nothing is done any more. */
  void requireWhole() {
    if (failure != null) {
      throw new DeviceLostException(
          CpuCalls.NAME,
          operation,
          0,
          "",
          "failed in its middle: parameters and state may be mixed;"
              + " close this backend, open a new one and restore them",
          failure);
    }
  }

  private void runAlone() {
    for (int unit = 0; unit < units; unit++) {
      task.run(unit, 0);
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // yield is for speed alone: without it all is as right
  private void share(int wanted) {
    unfinished.set(units);
    unclaimed.set(units);
    for (int i = 0; i < wanted && i < started; i++) {
      if (helpers[i].parked) {
        LockSupport.unpark(helpers[i]);
      }
    }
    work(0);
    long start = System.nanoTime();
    while (unfinished.get() > 0) {
      if (System.nanoTime() - start < SPIN_NANOS) {
        Thread.onSpinWait();
      } else {
        Thread.yield(); // the helper may need this very processor to go on
      }
    }
  }

  /** Before there is work: where the system has no thread left, fewer of them do it all. */
  private void start(int count) {
    for (int next = started; next < count; next++) {
      try {
        helpers[next] = helper(next + 1);
        started = next + 1; // before it runs: no second one must get its number
        helpers[next].start();
      } catch (OutOfMemoryError e) { // what Java calls it: tried again at the next step
        started = next;
        return;
      }
    }
  }

  /**
   * Before JDK 24 a thread holds the classes on its maker's stack, but for those of a privilege.
   */
  @SuppressWarnings("removal")
  private Helper helper(int worker) {
    return AccessController.doPrivileged((PrivilegedAction<Helper>) () -> new Helper(worker));
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
    for (int i = 0; i < started; i++) {
      LockSupport.unpark(helpers[i]);
    }
  }

  /** Takes nothing from the thread that happens to step first: it lives as long as the backend. */
  private final class Helper extends Thread {
    private final int worker;
    private volatile boolean parked;

    @SuppressWarnings("ThreadPriorityCheck") // the usual one, whatever its maker's is
    Helper(int worker) {
      super(systemGroup(), null, "rootmean-cpu-" + worker, 0, false);
      this.worker = worker;
      setDaemon(true);
      setPriority(NORM_PRIORITY);
      setContextClassLoader(null);
    }

    @Override
    public void run() {
      while (!closed) {
        work(worker);
        long start = System.nanoTime();
        while (unclaimed.get() == 0 && System.nanoTime() - start < SPIN_NANOS) {
          Thread.onSpinWait();
        }
        interrupted(); // with the flag set, it would not park but burn a core
        parked = true;
        if (unclaimed.get() == 0 && !closed) {
          LockSupport.park(this);
        }
        parked = false;
      }
    }
  }

  private static ThreadGroup systemGroup() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    return group;
  }
}
