package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Helpers live in somebody else's process: they take nothing from it and cost nothing when idle.
 */
class IdleHelpersTest {
  private final Workers workers = WorkersTest.workers(3);

  @AfterEach
  void close() {
    workers.close();
  }

  @Test
  void oneThatIsInterruptedParksAllTheSame() throws InterruptedException {
    Helpers helpers = Helpers.startedBy(this::work);
    for (int round = 0; round < 3; round++) {
      helpers.awaitIdle();
      helpers.threads().forEach(Thread::interrupt);
      Thread.sleep(50);
      helpers.awaitIdle();
      for (Thread helper : helpers.threads()) {
        assertFalse(helper.isInterrupted());
        long before = cpuNanos(helper);
        Thread.sleep(200);
        assertTrue(cpuNanos(helper) - before < 1_000_000, helper + " works at nothing");
      }
      work();
    }
  }

  private static long cpuNanos(Thread thread) {
    return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.getId());
  }

  @Test
  @SuppressWarnings("ThreadPriorityCheck") // not relied on, but not to be handed on either
  void theyInheritNothingFromTheFirstCaller() throws InterruptedException {
    AtomicBoolean inherited = new AtomicBoolean();
    InheritableThreadLocal<String> local =
        new InheritableThreadLocal<>() {
          @Override
          protected String childValue(String value) {
            inherited.set(true);
            return value;
          }
        };
    ThreadGroup group = new ThreadGroup("the first caller's");
    group.setMaxPriority(2);
    Thread caller =
        new Thread(
            group,
            () -> {
              local.set("the first caller's");
              work();
            });
    caller.setContextClassLoader(new URLClassLoader(new URL[0]));
    caller.setPriority(Thread.MIN_PRIORITY);
    Helpers helpers =
        Helpers.startedBy(
            () -> {
              caller.start();
              join(caller);
            });
    assertEquals(2, helpers.threads().size());
    assertFalse(inherited.get());
    for (Thread helper : helpers.threads()) {
      assertNull(helper.getContextClassLoader());
      assertEquals(Thread.NORM_PRIORITY, helper.getPriority());
      assertNull(helper.getThreadGroup().getParent(), "not the system's group");
      assertTrue(helper.isDaemon());
    }
    helpers.awaitIdle();
    group.interrupt();
    helpers.threads().forEach(helper -> assertFalse(helper.isInterrupted()));
  }

  @Test
  void theyEndWithABackendThatIsDropped() throws InterruptedException {
    Helpers helpers = Helpers.startedBy(IdleHelpersTest::stepAndDrop);
    assertEquals(2, helpers.threads().size());
    for (int i = 0; helpers.threads().stream().anyMatch(Thread::isAlive); i++) {
      assertTrue(i < 100, "the helpers keep their backend");
      System.gc();
      Thread.sleep(50);
    }
  }

  private static void stepAndDrop() {
    int length = 200_000;
    RmsProp rule = RmsProp.builder().build();
    OptimizerBackend backend = new CpuDevice(3).backend();
    DeviceBuffer params = backend.allocate(DataType.FLOAT32, length);
    DeviceBuffer grads = backend.allocate(DataType.FLOAT32, length);
    backend.step(
        rule, params, grads, RmsPropState.allocate(backend, rule, DataType.FLOAT32, length));
  }

  /** As a web application's are, when it is stopped. */
  @Test
  void theFirstCallersClassesCanBeUnloaded() throws Exception {
    WeakReference<ClassLoader> loader = workInAClassLoader();
    for (int i = 0; loader.get() != null; i++) {
      assertTrue(i < 100, "something refers to the first caller's class loader");
      System.gc();
      Thread.sleep(50);
    }
  }

  private WeakReference<ClassLoader> workInAClassLoader() throws Exception {
    URL classes = Caller.class.getProtectionDomain().getCodeSource().getLocation();
    URLClassLoader loader = new OwnCopy(classes);
    Runnable caller =
        (Runnable)
            loader
                .loadClass(Caller.class.getName())
                .getConstructor(Runnable.class)
                .newInstance((Runnable) this::work);
    assertFalse(caller instanceof Caller);
    Thread thread = new Thread(caller);
    thread.setContextClassLoader(loader);
    assertEquals(
        2,
        Helpers.startedBy(
                () -> {
                  thread.start();
                  join(thread);
                })
            .threads()
            .size());
    return new WeakReference<>(loader);
  }

  /** Defines {@link Caller} itself, and takes all else from the tests' loader. */
  private static final class OwnCopy extends URLClassLoader {
    OwnCopy(URL classes) {
      super(new URL[] {classes}, IdleHelpersTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      return name.equals(Caller.class.getName()) ? findClass(name) : super.loadClass(name, resolve);
    }
  }

  /** Somebody's application. */
  public static final class Caller implements Runnable {
    private final Runnable work;

    public Caller(Runnable work) {
      this.work = work;
    }

    @Override
    public void run() {
      work.run();
    }
  }

  private void work() {
    AtomicInteger runs = new AtomicInteger();
    workers.run("step", (unit, worker) -> runs.incrementAndGet(), 100, WorkersTest.MUCH);
    assertEquals(100, runs.get());
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
