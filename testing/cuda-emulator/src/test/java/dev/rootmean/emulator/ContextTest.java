package dev.rootmean.emulator;

import static dev.rootmean.emulator.CudaEmulator.Option.DEVICES;
import static dev.rootmean.emulator.CudaEmulator.Option.INIT_RESULT;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Devices, and contexts that belong to threads and end with an error. */
class ContextTest extends EmulatorTest {
  @Test
  void aThreadHasNoContextUntilOneIsSet() throws InterruptedException {
    AtomicInteger before = new AtomicInteger(-1);
    AtomicInteger after = new AtomicInteger(-1);
    Thread other =
        new Thread(
            () -> {
              before.set(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4));
              JCudaDriver.cuCtxSetCurrent(context);
              after.set(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4));
            });
    other.start();
    other.join();
    assertEquals(201, before.get());
    assertEquals(0, after.get());
    ok(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4));
  }

  @Test
  void contextsAreStacked() {
    CUcontext current = new CUcontext();
    ok(JCudaDriver.cuCtxPushCurrent(context));
    ok(JCudaDriver.cuCtxPopCurrent(current));
    assertEquals(context, current);
    ok(JCudaDriver.cuCtxPopCurrent(current));
    assertEquals(201, JCudaDriver.cuCtxSynchronize());
    assertEquals(201, JCudaDriver.cuCtxPopCurrent(current));
    ok(JCudaDriver.cuCtxGetCurrent(current));
    assertEquals(new CUcontext(), current);
  }

  @Test
  void thePrimaryContextLivesAsLongAsItIsRetained() {
    CUcontext again = new CUcontext();
    ok(JCudaDriver.cuDevicePrimaryCtxRetain(again, device));
    assertEquals(context, again);
    assertEquals(2, CudaEmulator.live().contexts());
    ok(JCudaDriver.cuDevicePrimaryCtxRelease(device));
    ok(JCudaDriver.cuCtxSynchronize());
    ok(JCudaDriver.cuDevicePrimaryCtxRelease(device));
    assertEquals(709, JCudaDriver.cuCtxSynchronize());
    assertEquals(201, JCudaDriver.cuDevicePrimaryCtxRelease(device));
    int[] flags = {-1};
    int[] active = {-1};
    ok(JCudaDriver.cuDevicePrimaryCtxSetFlags(device, 4));
    ok(JCudaDriver.cuDevicePrimaryCtxGetState(device, flags, active));
    assertEquals(4, flags[0]);
    assertEquals(0, active[0]);
  }

  @Test
  void aFaultEndsTheContext() {
    CUfunction copy = load(COPY, "copy");
    CUdeviceptr memory = allocate(4);
    ok(launch(copy, 1, 1, 0L, 0L, 1L)); // a launch never tells its own faults
    assertEquals(700, JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4));
    assertEquals(700, JCudaDriver.cuMemFree(memory));
    assertEquals(700, JCudaDriver.cuCtxSynchronize());
    assertEquals(700, JCudaDriver.cuStreamCreate(new CUstream(), 0));
    assertEquals(700, tryToLoad(COPY));
    assertEquals(700, launch(copy, 1, 1, memory, memory, 1L));
    ok(JCudaDriver.cuCtxSetCurrent(context));
    assertEquals(700, JCudaDriver.cuCtxSynchronize());
    ok(JCudaDriver.cuDevicePrimaryCtxRelease(device));
    assertEquals(0, CudaEmulator.abandoned().allocations());
    assertEquals(700, JCudaDriver.cuDevicePrimaryCtxRetain(context, device)); // as release 580
  }

  @Test
  void aResetEndsTheContextToo() {
    CUcontext old = new CUcontext();
    ok(JCudaDriver.cuCtxGetCurrent(old));
    ok(JCudaDriver.cuDevicePrimaryCtxReset(device));
    assertEquals(709, JCudaDriver.cuCtxSynchronize());
    assertEquals(201, JCudaDriver.cuCtxSetCurrent(old));
    open();
    ok(JCudaDriver.cuCtxSynchronize());
  }

  @Test
  void whatAContextOwnedEndsWithIt() {
    CUfunction copy = load(COPY, "copy");
    CUdeviceptr memory = allocate(4);
    CUstream stream = new CUstream();
    ok(JCudaDriver.cuStreamCreate(stream, 0));
    ok(JCudaDriver.cuDevicePrimaryCtxRelease(device));
    open();
    assertEquals(1, JCudaDriver.cuMemFree(memory));
    assertEquals(1, JCudaDriver.cuMemsetD8(memory, (byte) 0, 4));
    assertEquals(400, JCudaDriver.cuStreamSynchronize(stream));
    assertEquals(400, launch(copy, 1, 1, memory, memory, 1L));
    assertFault(700, run(load(COPY, "copy"), 1, 1, memory, memory, 1L), "no allocation");
  }

  @Test
  void aResetTakesTheContextFromEveryThread() throws InterruptedException {
    AtomicInteger after = new AtomicInteger(-1);
    CountDownLatch isSet = new CountDownLatch(1);
    CountDownLatch isReset = new CountDownLatch(1);
    Thread other =
        new Thread(
            () -> {
              JCudaDriver.cuCtxSetCurrent(context);
              isSet.countDown();
              try {
                isReset.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              after.set(JCudaDriver.cuCtxSynchronize());
            });
    other.start();
    isSet.await();
    CudaEmulator.reset();
    open();
    isReset.countDown();
    other.join();
    assertEquals(201, after.get());
  }

  @Test
  void nothingWorksBeforeInit() {
    CudaEmulator.reset();
    assertEquals(3, JCudaDriver.cuDeviceGet(new CUdevice(), 0));
    assertEquals(3, JCudaDriver.cuDeviceGetCount(new int[1]));
    assertEquals(3, JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4));
    ok(JCudaDriver.cuDriverGetVersion(new int[1]));
    assertEquals(1, JCudaDriver.cuInit(1));
    assertEquals(3, JCudaDriver.cuDeviceGetCount(new int[1]));
  }

  @Test
  void aMachineWithoutDevice() {
    CudaEmulator.reset();
    CudaEmulator.set(DEVICES, 0);
    assertEquals(100, JCudaDriver.cuInit(0));
    assertEquals(3, JCudaDriver.cuDeviceGetCount(new int[1]));
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 803, 999})
  void aDriverThatDoesNotStart(int code) {
    CudaEmulator.reset();
    CudaEmulator.set(INIT_RESULT, code);
    assertEquals(code, JCudaDriver.cuInit(0));
    assertEquals(3, JCudaDriver.cuDeviceGetCount(new int[1]));
  }

  @Test
  void severalDevicesHaveTheirOwnContexts() {
    CudaEmulator.reset();
    CudaEmulator.set(DEVICES, 2);
    open();
    CUdevice second = new CUdevice();
    ok(JCudaDriver.cuDeviceGet(second, 1));
    assertEquals(101, JCudaDriver.cuDeviceGet(new CUdevice(), 2));
    CUdeviceptr memory = allocate(4);
    CUstream stream = new CUstream();
    ok(JCudaDriver.cuStreamCreate(stream, 0));
    CUcontext other = new CUcontext();
    ok(JCudaDriver.cuDevicePrimaryCtxRetain(other, second));
    ok(JCudaDriver.cuCtxSetCurrent(other));
    assertEquals(1, JCudaDriver.cuMemFree(memory));
    assertEquals(400, JCudaDriver.cuStreamSynchronize(stream));
    assertFault(700, run(load(COPY, "copy"), 1, 1, memory, memory, 1L), "no allocation");
  }

  @Test
  void theDeviceDescribesItself() {
    byte[] name = new byte[100];
    ok(JCudaDriver.cuDeviceGetName(name, name.length, device));
    assertEquals("Emulated CUDA device 0", new String(name, 0, 22, US_ASCII));
    long[] bytes = {0};
    ok(JCudaDriver.cuDeviceTotalMem(bytes, device));
    assertEquals(1L << 30, bytes[0]);
    int[] major = {0};
    ok(JCudaDriver.cuDeviceGetAttribute(major, 75, device));
    assertEquals(7, major[0]);
    String[] text = {null};
    ok(JCudaDriver.cuGetErrorName(222, text));
    assertEquals("CUDA_ERROR_UNSUPPORTED_PTX_VERSION", text[0]);
  }

  @Test
  void whatIsNotEmulatedSaysSo() {
    assertFault(801, JCudaDriver.cuGraphCreate(new CUgraph(), 0), "cuGraphCreate");
    assertFault(801, JCudaDriver.cuModuleLoad(new CUmodule(), "file"), "cuModuleLoad");
  }
}
