package dev.rootmean.cuda;

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
import dev.rootmean.HostBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.CheckedSteps;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.emulator.CudaEmulator;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.Set;
import jcuda.driver.CUresult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream that never comes to an end ends the backend in bounded time. */
@ExtendWith(EmulatedCuda.class)
class WatchdogTest {
  private static final String PROPERTY = "rootmean.watchdog";
  private static final RmsProp RULE = NamedRule.NESTEROV.rule();
  private static final int LENGTH = 1000;

  @AfterEach
  void clear() {
    System.clearProperty(PROPERTY);
  }

  private static OptimizerBackend open() {
    return new CudaProvider().open("");
  }

  @Test
  void itTellsWhatWasRunningAndForHowLong() {
    System.setProperty(PROPERTY, "0.3");
    OptimizerBackend backend = open();
    DeviceBuffer params = backend.allocate(FLOAT32, LENGTH);
    DeviceBuffer grads = backend.allocate(FLOAT32, LENGTH);
    RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, LENGTH);
    backend.synchronize();
    backend.step(RULE, params, grads, state);
    CudaEmulator.failCallsFrom("cuStreamQuery", 1, CUresult.CUDA_ERROR_NOT_READY);
    long start = System.nanoTime();
    DeviceLostException e = assertThrows(DeviceLostException.class, backend::synchronize);
    double seconds = (System.nanoTime() - start) / 1e9;
    assertTrue(seconds > 0.3 && seconds < 30, "after " + seconds + " s");
    assertEquals(
        "cuda: cuStreamQuery: the device has not come to an end in 0.3 s, the limit of"
            + " rootmean.watchdog: close this backend, whose memory stays taken, free nothing that"
            + " was wrapped, and restart the process; reported after a launch"
            + " (rmsprop_p_float32_g_float32_v_float32_b_float32, 1,000 elements)"
            + " (CUDA_ERROR_NOT_READY, 600)",
        e.getMessage());
    Map<String, Long> calls =
        DriverCalls.during(
            () -> {
              assertThrows(DeviceLostException.class, () -> params.read(new float[LENGTH]));
              params.close();
              grads.close();
              state.close();
              backend.close();
            });
    assertEquals(Map.of(), calls, "any of them could wait");
    EmulatedCuda.start(0); // what is left was not forgotten
  }

  @Test
  void soItDoesWhereACopyIsWaitedFor() {
    System.setProperty(PROPERTY, "0.3");
    OptimizerBackend backend = open();
    DeviceBuffer params = backend.allocate(FLOAT32, LENGTH);
    HostBuffer host = backend.allocateHost(FLOAT32, LENGTH);
    params.read(host);
    CudaEmulator.failCallsFrom("cuEventQuery", 1, CUresult.CUDA_ERROR_NOT_READY);
    DeviceLostException e = assertThrows(DeviceLostException.class, host::bytes);
    assertEquals("cuEventQuery", e.operation());
    Map<String, Long> calls =
        DriverCalls.during(
            () -> {
              host.close();
              params.close();
              backend.close();
            });
    assertEquals(Map.of(), calls, "any of them could wait");
    EmulatedCuda.start(0); // what is left was not forgotten
  }

  /** Nobody has waited for it before. */
  @Test
  void soItDoesWhereClosingMeetsItFirst() {
    System.setProperty(PROPERTY, "0.3");
    OptimizerBackend backend = open();
    DeviceBuffer params = backend.allocate(FLOAT32, LENGTH);
    HostBuffer host = backend.allocateHost(FLOAT32, LENGTH);
    params.read(host);
    CudaEmulator.failCallsFrom("cuStreamQuery", 1, CUresult.CUDA_ERROR_NOT_READY);
    Map<String, Long> calls = DriverCalls.during(backend::close);
    assertEquals(
        Set.of("cuCtxPushCurrent", "cuStreamQuery", "cuCtxPopCurrent"),
        calls.keySet(),
        "any other could wait");
    assertEquals(Map.of(), DriverCalls.during(host::close));
    EmulatedCuda.start(0); // what is left was not forgotten
  }

  /** As the owner of wrapped memory does, whoever meets the hang first. */
  @ParameterizedTest
  @ValueSource(strings = {"bytes", "close", "close of the backend"})
  void theHostsMemoryOutlivesABackendThatHangs(String first) throws InterruptedException {
    System.setProperty(PROPERTY, "0.3");
    int length = 1 << 22;
    collect(); // of earlier tests
    long before = directBytes();
    OptimizerBackend[] backend = {open()};
    HostBuffer[] host = {backend[0].allocateHost(FLOAT32, length)};
    backend[0].allocate(FLOAT32, length).read(host[0]);
    CudaEmulator.failCallsFrom("cuEventQuery", 1, CUresult.CUDA_ERROR_NOT_READY);
    CudaEmulator.failCallsFrom("cuStreamQuery", 1, CUresult.CUDA_ERROR_NOT_READY);
    switch (first) {
      case "bytes" -> assertThrows(DeviceLostException.class, host[0]::bytes);
      case "close" -> host[0].close();
      default -> backend[0].close();
    }
    host[0].close();
    backend[0].close();
    WeakReference<Object> gone = new WeakReference<>(host[0]);
    host[0] = null;
    backend[0] = null;
    for (int i = 0; i < 100 && gone.get() != null; i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertNull(gone.get());
    collect();
    long kept = directBytes() - before;
    assertTrue(kept > 2L * length, "it may still write there, but of its memory is left " + kept);
    EmulatedCuda.start(0); // what is left was not forgotten
  }

  /** Memory is freed some time after its buffer is found to be gone. */
  private static void collect() throws InterruptedException {
    for (int i = 0; i < 5; i++) {
      System.gc();
      Thread.sleep(10);
    }
  }

  private static long directBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  /** It may still write there. */
  @Test
  void theOwnerOfWrappedMemoryOutlivesABackendThatHangs() throws InterruptedException {
    System.setProperty(PROPERTY, "0.3");
    try (FrameworkMemory memory = new FrameworkMemory(0, LENGTH * Float.BYTES)) {
      Object[] owner = {new Object()};
      WeakReference<Object> kept = new WeakReference<>(owner[0]);
      OptimizerBackend[] backend = {open()};
      backend[0].wrap(ForeignMemory.cuda(0, memory.address(), FLOAT32, LENGTH, owner[0])).zero();
      CudaEmulator.failCallsFrom("cuStreamQuery", 1, CUresult.CUDA_ERROR_NOT_READY);
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
    EmulatedCuda.start(0); // what is left was not forgotten
  }

  @Test
  void aDeviceThatWorksDoesSoUnderItsEyesToo() {
    System.setProperty(PROPERTY, "60");
    Map<String, Long> calls =
        DriverCalls.during(
            () -> {
              try (OptimizerBackend backend = open()) {
                CheckedSteps.everyVariant(backend, LENGTH);
              }
            });
    assertTrue(calls.get("cuStreamQuery") > 0);
  }

  @Test
  void withoutItNobodyAsks() {
    Map<String, Long> calls =
        DriverCalls.during(
            () -> {
              try (OptimizerBackend backend = open()) {
                CheckedSteps.everyVariant(backend, LENGTH);
              }
            });
    assertFalse(calls.containsKey("cuStreamQuery"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"soon", "0", "-1", "NaN", "Infinity", "30 s"})
  void whatIsNoTimeIsRefused(String given) {
    System.setProperty(PROPERTY, given);
    BackendException e = assertThrows(BackendException.class, WatchdogTest::open);
    assertEquals(
        "rootmean: settings: -Drootmean.watchdog="
            + given
            + ": expected a number of seconds above 0, such as 30",
        e.getMessage());
  }
}
