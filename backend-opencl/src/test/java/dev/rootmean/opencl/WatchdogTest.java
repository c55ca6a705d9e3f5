package dev.rootmean.opencl;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.ForeignMemory;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.CheckedSteps;
import java.lang.ref.WeakReference;
import java.util.List;
import org.jocl.CL;
import org.jocl.cl_mem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A queue that never comes to an end ends the backend in bounded time. */
class WatchdogTest {
  private static final String PROPERTY = "rootmean.watchdog";
  private static final int LENGTH = 1000;

  /** Longer than a busy machine takes to try the device out. */
  private static final String SHORT = "3";

  private final PlantedDriver planted = new PlantedDriver();

  @BeforeEach
  void pocl() {
    Pocl.demand();
  }

  @AfterEach
  void clear() {
    System.clearProperty(PROPERTY);
  }

  private OptimizerBackend open() {
    return new OpenClProvider(planted::driver, device -> 0, OpenClQueue.Limits.OF_DRIVERS)
        .open(Pocl.DEVICE);
  }

  /** The marker is never seen to be done. */
  private static int hang(String call, Object[] arguments) {
    if (call.equals("clGetEventInfo")) {
      ((int[]) arguments[2])[0] = CL.CL_RUNNING;
      return PlantedDriver.Fault.ANSWERED;
    }
    return CL.CL_SUCCESS;
  }

  @Test
  void itTellsWhatWasRunningAndForHowLong() {
    System.setProperty(PROPERTY, SHORT);
    OptimizerBackend backend = open();
    DeviceBuffer params = backend.allocate(FLOAT32, LENGTH);
    DeviceBuffer grads = backend.allocate(FLOAT32, LENGTH);
    params.add(grads);
    backend.synchronize();
    params.add(grads);
    planted.plant(WatchdogTest::hang);
    long start = System.nanoTime();
    int before = planted.calls().size();
    DeviceLostException e = assertThrows(DeviceLostException.class, backend::synchronize);
    double seconds = (System.nanoTime() - start) / 1e9;
    assertTrue(seconds > 3 && seconds < 30, "after " + seconds + " s");
    assertEquals(
        "opencl: clFinish: the device has not come to an end in 3.0 s, the limit of"
            + " rootmean.watchdog: close this backend, whose memory stays taken, free nothing that"
            + " was wrapped, and restart the process; reported after a launch"
            + " (add_s_float32_a_float32, 1,000 elements) (CL_RUNNING, 1)",
        e.getMessage());
    List<String> calls = planted.calls();
    assertFalse(calls.subList(before, calls.size()).contains("clFinish"), "it would not end");
    assertEquals(0, planted.handles().get("cl_event"), "the marker is released");
    int asked = calls.size();
    assertThrows(DeviceLostException.class, () -> params.read(new float[LENGTH]));
    params.close();
    grads.close();
    backend.close();
    assertEquals(asked, calls.size(), "any of them could wait");
  }

  /** It may still write there. */
  @Test
  void theOwnerOfWrappedMemoryOutlivesABackendThatHangs() throws InterruptedException {
    System.setProperty(PROPERTY, SHORT);
    try (Framework framework = new Framework()) {
      cl_mem memory = framework.memory(CL.CL_MEM_READ_WRITE, LENGTH * Float.BYTES);
      Object[] owner = {new Object()};
      WeakReference<Object> kept = new WeakReference<>(owner[0]);
      OptimizerBackend[] backend = {framework.open(planted.driver(), false)};
      backend[0].wrap(ForeignMemory.openCl(memory, 0, FLOAT32, LENGTH, owner[0])).zero();
      planted.plant(WatchdogTest::hang);
      assertThrows(DeviceLostException.class, backend[0]::synchronize);
      backend[0].close();
      WeakReference<Object> gone = new WeakReference<>(backend[0]);
      owner[0] = null;
      backend[0] = null;
      for (int i = 0; i < 100 && gone.get() != null; i++) {
        System.gc();
        Thread.sleep(10);
      }
      assertNull(gone.get());
      assertNotNull(kept.get());
    }
  }

  @Test
  void memoryThatWasNotFilledInTimeIsLeft() {
    System.setProperty(PROPERTY, SHORT);
    OptimizerBackend backend = open();
    planted.calls().clear();
    planted.plant(
        (call, arguments) ->
            planted.count("clEnqueueFillBuffer") > 0 ? hang(call, arguments) : CL.CL_SUCCESS);
    assertThrows(DeviceLostException.class, () -> backend.allocate(FLOAT32, LENGTH));
    backend.close();
    assertEquals(0, planted.count("clReleaseMemObject"), "it could wait");
  }

  @Test
  void aSettingThatMakesNoSenseLeavesNothingOpen() {
    System.setProperty(PROPERTY, "soon");
    assertThrows(BackendException.class, this::open);
    assertTrue(planted.handles().values().stream().allMatch(open -> open == 0), "handles left");
  }

  @Test
  void aDeviceThatWorksDoesSoUnderItsEyesToo() {
    System.setProperty(PROPERTY, "60");
    try (OptimizerBackend backend = open()) {
      CheckedSteps.everyVariant(backend, LENGTH);
    }
    assertTrue(planted.count("clGetEventInfo") > 0);
    assertTrue(planted.handles().values().stream().allMatch(open -> open == 0), "handles left");
  }

  @Test
  void withoutItNobodyAsks() {
    try (OptimizerBackend backend = open()) {
      CheckedSteps.everyVariant(backend, LENGTH);
    }
    assertEquals(0, planted.count("clEnqueueMarkerWithWaitList"));
    assertEquals(0, planted.count("clGetEventInfo"));
  }
}
