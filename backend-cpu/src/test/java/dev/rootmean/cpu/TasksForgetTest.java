package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.spi.DeviceBackend;
import dev.rootmean.spi.DeviceCalls;
import dev.rootmean.spi.MemoryRange;
import java.lang.ref.WeakReference;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A backend that idles refers to no buffer, so that what is dropped can be freed. */
class TasksForgetTest {
  private static final int LENGTH = 50_000;
  private static final RmsProp RULE = RmsProp.builder().momentum(0.9).centered(true).build();

  /** What the device was given. */
  private final List<WeakReference<Object>> given = new ArrayList<>();

  private boolean losesItsMemory;
  private final OptimizerBackend backend = backend();

  @AfterEach
  void close() {
    backend.close();
  }

  @Test
  void afterEveryOperation() throws InterruptedException {
    operate();
    assertForgotten();
  }

  @Test
  void afterAStepThatFailed() throws InterruptedException {
    losesItsMemory = true;
    step(backend.allocate(DataType.FLOAT32, LENGTH));
    assertForgotten();
  }

  private void operate() {
    DeviceBuffer grads = backend.allocate(DataType.FLOAT32, LENGTH);
    DeviceBuffer other = backend.allocate(DataType.FLOAT32, LENGTH);
    other.copyFrom(grads);
    other.add(grads);
    GradientDecision decision =
        GradientDecision.allocate(
            backend, GradientPolicy.NONE.withNormClip(1), DataType.FLOAT32, LENGTH);
    backend.measure(grads, decision);
    backend.step(
        RULE, other, grads, RmsPropState.allocate(backend, RULE, DataType.FLOAT32, LENGTH));
  }

  private void step(DeviceBuffer params) {
    DeviceBuffer grads = backend.allocate(DataType.FLOAT32, LENGTH);
    RmsPropState state = RmsPropState.allocate(backend, RULE, DataType.FLOAT32, LENGTH);
    assertThrows(DeviceLostException.class, () -> backend.step(RULE, params, grads, state));
  }

  private void assertForgotten() throws InterruptedException {
    assertTrue(given.size() >= 5);
    for (int i = 0; given.stream().anyMatch(range -> range.get() != null); i++) {
      assertTrue(i < 100, "something refers to a buffer's memory");
      System.gc();
      Thread.sleep(50);
    }
  }

  @SuppressWarnings("unchecked") // it is a proxy of this very interface
  private OptimizerBackend backend() {
    CpuCalls calls = new CpuCalls(3);
    Object watched =
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {DeviceCalls.class},
            (proxy, method, arguments) -> {
              for (Object argument : arguments == null ? new Object[0] : arguments) {
                if (argument instanceof MemoryRange<?> range) {
                  given.add(new WeakReference<>(range));
                }
              }
              try {
                Object result = method.invoke(calls, arguments);
                if (losesItsMemory && result instanceof Object[] pages) {
                  pages[1] = null;
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
    return new DeviceBackend<>(
        new BackendInfo("cpu", "", 0, true, Set.of(DataType.values())),
        (DeviceCalls<Object[]>) watched);
  }
}
