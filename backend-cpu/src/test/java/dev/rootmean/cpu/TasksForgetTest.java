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
import dev.rootmean.contract.Wrapped;
import dev.rootmean.spi.Device;
import dev.rootmean.spi.DeviceBackend;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A backend that idles refers to no buffer, so that what is dropped can be freed. */
class TasksForgetTest {
  private static final int LENGTH = 50_000;
  private static final RmsProp RULE = RmsProp.builder().momentum(0.9).centered(true).build();

  /** What the device has to do with. */
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
    grads.write(new float[LENGTH]);
    other.copyFrom(grads);
    other.read(new float[LENGTH]);
    other.zero();
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
    assertTrue(given.size() >= 10);
    for (int i = 0; given.stream().anyMatch(memory -> memory.get() != null); i++) {
      assertTrue(i < 100, "something refers to a buffer's memory");
      System.gc();
      Thread.sleep(50);
    }
  }

  private OptimizerBackend backend() {
    Device<CpuMemory> watched =
        new Wrapped<>(new CpuDevice(3)) {
          @Override
          public CpuMemory allocate(DataType type, long length) {
            Object[] pages = Pages.allocate(type, length, 0);
            CpuMemory memory = new PagedMemory(type, pages);
            given.add(new WeakReference<>(memory));
            given.add(new WeakReference<>(pages[0])); // which is what a thread has at hand
            if (losesItsMemory) {
              pages[1] = null;
            }
            return memory;
          }
        };
    return new DeviceBackend<>(
        new BackendInfo("cpu", "", 0, true, Set.of(DataType.FLOAT32)), watched);
  }
}
