package dev.rootmean.cuda;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.ForeignMemory;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.Option;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory that no kernel may meet is told at once, and nothing has changed. */
@ParameterizedClass(name = "JCuda throws: {0}")
@ValueSource(booleans = {false, true})
@ExtendWith(EmulatedCuda.class)
class WrapRefusalTest {
  private static final RmsProp RULE = NamedRule.PLAIN.rule();
  private static final int LENGTH = 10;
  private static final int BYTES = 4 * LENGTH;

  private final boolean exceptions;

  WrapRefusalTest(boolean exceptions) {
    this.exceptions = exceptions;
  }

  @BeforeEach
  void twoDevices() {
    CudaEmulator.set(Option.DEVICES, 2);
    EmulatedCuda.throwExceptions(exceptions);
  }

  private static OptimizerBackend open() {
    return new CudaProvider().open("0");
  }

  private static String refused(OptimizerBackend backend, ForeignMemory memory) {
    CudaEmulator.Objects before = CudaEmulator.live();
    String message =
        assertThrows(IllegalArgumentException.class, () -> backend.wrap(memory).close())
            .getMessage();
    assertEquals(before, CudaEmulator.live());
    String start = memory + ", ";
    String end = ": expected 40 bytes in one allocation of CUDA device 0, in its primary context";
    assertTrue(message.startsWith(start) && message.endsWith(end), message);
    return message.substring(start.length(), message.length() - end.length());
  }

  @Test
  void memoryOfAnotherDeviceIsRefused() {
    try (OptimizerBackend backend = open();
        FrameworkMemory other = new FrameworkMemory(1, BYTES)) {
      assertEquals(
          "given as memory of device 1", refused(backend, other.describe(FLOAT32, 0, LENGTH)));
      assertEquals(
          "which is on device 1",
          refused(backend, ForeignMemory.cuda(0, other.address(), FLOAT32, LENGTH, other)));
    }
  }

  @Test
  void freedMemoryIsRefused() {
    try (OptimizerBackend backend = open();
        FrameworkMemory memory = new FrameworkMemory(0, BYTES)) {
      ForeignMemory freed = memory.describe(FLOAT32, 0, LENGTH);
      memory.free();
      assertEquals(
          "which the driver does not know: it was freed, or is the host's",
          refused(backend, freed));
    }
  }

  @Test
  void memoryOfTheHostIsRefused() {
    CudaMemory pinned = new CudaMemory(); // any pointer will do
    ByteBuffer host = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.nativeOrder());
    try (OptimizerBackend backend = open();
        FrameworkMemory framework = new FrameworkMemory(0, BYTES)) {
      ForeignMemory pageable = ForeignMemory.of(host.asFloatBuffer());
      assertEquals("given as memory of HOST", refused(backend, pageable));
      assertEquals(
          "which the driver does not know: it was freed, or is the host's",
          refused(backend, ForeignMemory.cuda(0, pageable.address(), FLOAT32, LENGTH, framework)));
      framework.call(() -> CudaDriver.cuMemAllocHost(pinned, BYTES));
      assertEquals(
          "which is page-locked memory of the host",
          refused(backend, ForeignMemory.cuda(0, pinned.address(), FLOAT32, LENGTH, framework)));
      framework.call(() -> CudaDriver.cuMemFreeHost(pinned));
    }
  }

  @Test
  void memoryOfAnotherContextOfTheDeviceIsRefused() {
    try (OptimizerBackend backend = open()) {
      CUdevice device = new CUdevice();
      CudaDriver.cuDeviceGet(device, 0);
      CUcontext context = new CUcontext();
      JCudaDriver.cuCtxCreate(context, 0, device);
      CudaMemory memory = new CudaMemory();
      CudaDriver.cuMemAlloc(memory, BYTES);
      assertEquals(
          "which belongs to another context",
          refused(backend, ForeignMemory.cuda(0, memory.address(), FLOAT32, LENGTH, this)));
      CudaDriver.cuMemFree(memory);
      JCudaDriver.cuCtxDestroy(context);
    }
  }

  @Test
  void whatEndsBeforeTheLastElementIsRefused() {
    try (OptimizerBackend backend = open();
        FrameworkMemory memory = new FrameworkMemory(0, BYTES + 3)) {
      assertEquals(
          "where an allocation ends after 39 bytes",
          refused(backend, memory.describe(FLOAT32, 4, LENGTH)));
      assertEquals(
          "which the driver does not know: it was freed, or is the host's",
          refused(backend, memory.describe(FLOAT32, BYTES + 4, LENGTH)));
      backend.wrap(memory.describe(FLOAT32, 0, LENGTH)).close();
    }
  }

  @Test
  void whatTheDriverDoesNotSayIsTold() {
    try (OptimizerBackend backend = open();
        FrameworkMemory memory = new FrameworkMemory(0, BYTES)) {
      ForeignMemory described = memory.describe(FLOAT32, 0, LENGTH);
      for (int nth = 1; nth <= 5; nth++) {
        CudaEmulator.failCall("cuPointerGetAttribute", nth, 801);
        BackendException e =
            assertThrows(BackendException.class, () -> backend.wrap(described).close());
        assertEquals(801, e.nativeCode());
      }
      backend.wrap(described).close();
      CudaEmulator.failCall("cuPointerGetAttribute", 1, 700);
      assertThrows(DeviceLostException.class, () -> backend.wrap(described).close());
      assertThrows(DeviceLostException.class, backend::synchronize);
    }
    EmulatedCuda.start(0);
  }

  @Test
  void twoWrapsOfOneStorageOverlap() {
    try (OptimizerBackend backend = open();
        FrameworkMemory memory = new FrameworkMemory(0, 3 * BYTES);
        RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, LENGTH);
        DeviceBuffer params = backend.wrap(memory.describe(FLOAT32, 4, LENGTH));
        DeviceBuffer last = backend.wrap(memory.describe(FLOAT32, BYTES, LENGTH));
        DeviceBuffer next = backend.wrap(memory.describe(FLOAT32, BYTES + 4, LENGTH))) {
      assertEquals(
          "params and grads overlap: expected buffers apart from each other",
          assertThrows(
                  IllegalArgumentException.class, () -> backend.step(RULE, params, last, state))
              .getMessage());
      assertThrows(IllegalArgumentException.class, () -> params.add(last));
      assertThrows(IllegalArgumentException.class, () -> params.copyFrom(last));
      backend.step(RULE, params, next, state);
      try (Optimizer optimizer = Optimizer.builder(backend, RULE).parameter("w", params).build()) {
        assertThrows(IllegalArgumentException.class, () -> optimizer.gradient("w", last));
        assertThrows(IllegalArgumentException.class, () -> optimizer.add("v", "", last));
        optimizer.gradient("w", next);
        optimizer.step();
      }
    }
  }
}
