package dev.rootmean.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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
  @ValueSource(ints = {214, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 999})
  void whatEndsAContextEndsItHere(int code) {
    CudaEmulator.failCall("cuCtxSynchronize", 1, code);
    assertEquals(code, JCudaDriver.cuCtxSynchronize());
    assertEquals(code, JCudaDriver.cuCtxSynchronize());
    assertEquals(code, allocateFour());
    ok(JCudaDriver.cuCtxSetCurrent(context));
    assertEquals(code, allocateFour());
    ok(JCudaDriver.cuDevicePrimaryCtxRelease(device));
    open();
    ok(allocateFour());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 201, 304, 400, 701, 801})
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
  void mistypedNamesAreRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> CudaEmulator.failCall("cuMemAllocate", 1, 2));
    assertThrows(IllegalArgumentException.class, () -> CudaEmulator.failCall("cuMemAlloc", 0, 2));
    assertThrows(IllegalArgumentException.class, () -> CudaEmulator.calls("cuMemAllocate"));
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
