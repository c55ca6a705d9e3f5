package dev.rootmean.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that fail because a test wants them to, and how often which was called. */
class FaultInjectionTest extends EmulatorTest {
  private static int allocateFour() {
    return JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4);
  }

  @Test
  void theChosenCallFailsAndDoesNothingElse() {
    ok(allocateFour());
    CudaEmulator.failCall("cuMemAlloc", 2, 2);
    ok(allocateFour());
    assertEquals(2, allocateFour());
    ok(allocateFour());
    assertEquals(3, CudaEmulator.live().allocations());
    assertEquals(4, CudaEmulator.calls("cuMemAlloc"));
  }

  @Test
  void aVersionedNameIsTheSameFunction() {
    CudaEmulator.failCall("cuMemAlloc_v2", 1, 2);
    assertEquals(2, allocateFour());
    assertEquals(1, CudaEmulator.calls("cuMemAlloc_v2"));
  }

  @Test
  void allCallsFailFromTheChosenOneOn() {
    CudaEmulator.failCallsFrom("cuMemAlloc", 2, 2);
    ok(allocateFour());
    assertEquals(2, allocateFour());
    assertEquals(2, allocateFour());
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721, 805, 806, 807, 810,
        911, 999
      })
  void whatEndsAContextEndsItHere(int code) {
    CudaEmulator.failCall("cuCtxSynchronize", 1, code);
    assertEquals(code, JCudaDriver.cuCtxSynchronize());
    assertEquals(code, JCudaDriver.cuCtxSynchronize());
    assertEquals(code, allocateFour());
    ok(JCudaDriver.cuCtxSetCurrent(context));
    assertEquals(code, allocateFour());
    ok(JCudaDriver.cuDevicePrimaryCtxRelease(device));
    assertEquals(code, JCudaDriver.cuDevicePrimaryCtxRetain(context, device)); // as release 580
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 36, 46, 102, 201, 223, 304, 400, 701, 801, 808, 809})
  void whatEndsNoContextDoesNotEndItHere(int code) {
    CudaEmulator.failCall("cuCtxSynchronize", 1, code);
    assertEquals(code, JCudaDriver.cuCtxSynchronize());
    ok(JCudaDriver.cuCtxSynchronize());
    ok(allocateFour());
  }

  @Test
  void aFailedLaunchDoesNotRun() {
    CUdeviceptr target = upload(0f);
    CUdeviceptr source = upload(5f);
    var copy = load(COPY, "copy");
    CudaEmulator.failCall("cuLaunchKernel", 1, 701);
    assertEquals(701, launch(copy, 1, 1, target, source, 1L));
    assertArrayEquals(new float[] {0}, floats(target, 1));
    assertEquals(0, CudaEmulator.launches().size());
  }

  @Test
  void aCallThatThrowsHasDoneItsWork() {
    CudaEmulator.throwFromCall("cuMemAlloc", 2);
    ok(allocateFour());
    CUdeviceptr memory = new CUdeviceptr();
    assertThrows(OutOfMemoryError.class, () -> JCudaDriver.cuMemAlloc(memory, 4));
    assertEquals(2, CudaEmulator.live().allocations());
    ok(JCudaDriver.cuMemFree(memory));
    ok(allocateFour());
  }

  /** The other calls of another thread go on, and the counts tell that the held one has not. */
  @Test
  void aCallIsHeldUntilItIsReleased() throws Exception {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      HeldCall.next("cuDriverGetVersion");
      Future<Integer> held = thread.submit(() -> JCudaDriver.cuDriverGetVersion(new int[1]));
      HeldCall.await();
      ok(allocateFour());
      assertEquals(0, CudaEmulator.calls("cuDriverGetVersion"));
      assertFalse(held.isDone());
      assertTrue(HeldCall.release());
      assertEquals(0, held.get());
      assertEquals(1, CudaEmulator.calls("cuDriverGetVersion"));
      assertFalse(HeldCall.release(), "nothing is held any more");
    } finally {
      thread.shutdown();
    }
  }

  @Test
  void mistypedNamesAreRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> CudaEmulator.failCall("cuMemAllocate", 1, 2));
    assertThrows(IllegalArgumentException.class, () -> CudaEmulator.failCall("cuMemAlloc", 0, 2));
    assertThrows(IllegalArgumentException.class, () -> CudaEmulator.calls("cuMemAllocate"));
    assertThrows(IllegalArgumentException.class, () -> HeldCall.next("cuMemAllocate"));
  }

  @Test
  void aResetForgetsAll() {
    CudaEmulator.failCall("cuMemAlloc", 1, 2);
    CudaEmulator.reset();
    assertEquals(0, CudaEmulator.calls("cuInit"));
    open();
    ok(allocateFour());
    assertEquals(1, CudaEmulator.calls("cuInit"));
  }
}
