package dev.rootmean.cpu;

import dev.rootmean.DeviceLostException;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A few threads that share the units of one task with the caller, who never counts on them: it does
 * what they do not take. A helper that has worked stays awake for some microseconds, so that the
 * next of a row of steps finds it awake, and then parks: a library must not burn an idle core.
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

  /** How much work makes up for waking a thread: 5 µs of the caller's, and 40 until it is there. */
  private static final long WORK_A_WAKE = 65_536;

  // By the clock, since a pause takes ten times as long on some processors as on others.

  /** Tasks that follow each other within this time are a row. */
  private static final long ROW_NANOS = 50_000;

  /** How long a helper stays awake after its last unit. */
  private static final long AWAKE_NANOS = 25_000;

  /** How long the caller waits for the helpers' last units before it gives way: most take less. */
  private static final long WAIT_NANOS = 35_000;

  /** In the place of the number of unclaimed units: the caller is in no task. */
  private static final int NO_TASK = -1;

  private final FullHeap heap;
  private final Helper[] helpers;
  private int started;
  private final AtomicInteger unclaimed = new AtomicInteger(NO_TASK);
  private final AtomicInteger unfinished = new AtomicInteger();

  // Written before unclaimed is set, read after a unit was claimed: while there is one, the caller
  // waits, and they stay as they are.
  private String operation;
  private Task task;
  private int units;

  private long lastEnd = System.nanoTime() - ROW_NANOS;
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
   * @param work how much they are together, in elements of a step
   * @throws DeviceLostException if a unit has failed, of this task or of an earlier one
   */
  @SuppressWarnings("ReferenceEquality") // an equal name that is another is merely stored
  void run(String operation, Task task, int units, long work) {
    requireWhole();
    int useful = Math.min(helpers.length, units - 1);
    long wakes = useful == 0 ? 0 : wakes(work);
    start(Math.min(useful, started + wakes));
    int threads = useful == 0 ? 1 : 1 + started;
    try {
      task.prepare(threads);
    } catch (OutOfMemoryError e) {
      String memory = threads == 1 ? " thread's working memory" : " threads' working memory";
      throw heap.during(operation, threads, memory, e);
    }
    if (this.operation != operation || this.task != task) { // to store them costs more than to ask
      this.operation = operation;
      this.task = task;
    }
    this.units = units;
    try {
      if (useful == 0) {
        runAlone();
      } else {
        share(useful, wakes);
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
          CpuDevice.NAME,
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

  /** How many parked helpers pay; in a row one more each time, until all are awake. */
  private long wakes(long work) {
    return work / WORK_A_WAKE + (System.nanoTime() - lastEnd < ROW_NANOS ? 1 : 0);
  }

  /** Helpers that are awake come by themselves. */
  @SuppressWarnings("ThreadPriorityCheck") // yield is for speed alone: without it all is as right
  private void share(int useful, long wakes) {
    unfinished.lazySet(units);
    unclaimed.set(units);
    long left = wakes;
    for (int i = 0; i < useful && i < started && left > 0; i++) {
      if (helpers[i].parked) {
        LockSupport.unpark(helpers[i]);
        left--;
      }
    }
    work(0);
    long start = System.nanoTime();
    while (unfinished.get() > 0) {
      if (System.nanoTime() - start < WAIT_NANOS) {
        Thread.onSpinWait();
      } else {
        Thread.yield(); // the helper may need this very processor to go on
      }
    }
    unclaimed.lazySet(NO_TASK);
    lastEnd = System.nanoTime();
  }

  /** Before there is work: where the system has no thread left, fewer of them do it all. */
  private void start(long count) {
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

  /** Does units until none is left; whether there was one. */
  private boolean work(int worker) {
    boolean worked = false;
    for (int left = claim(); left > 0; left = claim()) {
      try {
        task.run(units - left, worker);
      } catch (Throwable e) { // the caller waits for this unit in any case, and is told
        failure = e;
      } finally {
        unfinished.decrementAndGet();
      }
      worked = true;
    }
    return worked;
  }

  /** Takes a unit: how many there were before; there was none if that is not positive. */
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
        if (work(worker)) {
          stayAwake();
        }
        interrupted(); // with the flag set, it would not park but burn a core
        parked = true;
        if (unclaimed.get() <= 0 && !closed) {
          LockSupport.park(this);
        }
        parked = false;
      }
    }

    /**
     * Spins. A caller that is still in its task after half of the time may be waiting for this very
     * processor: then gives way. One that was seen to leave its task has another.
     */
    @SuppressWarnings("ThreadPriorityCheck") // for speed alone
    private void stayAwake() {
      long start = System.nanoTime();
      long awake = 0;
      for (int left = unclaimed.get(); left <= 0 && awake < AWAKE_NANOS; left = unclaimed.get()) {
        if (left == NO_TASK || awake < AWAKE_NANOS / 2) {
          Thread.onSpinWait();
        } else {
          Thread.yield();
        }
        awake = System.nanoTime() - start;
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
