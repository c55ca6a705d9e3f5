package dev.rootmean.cuda;

import static dev.rootmean.DataType.FLOAT32;
import static dev.rootmean.DataType.FLOAT64;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.Option;
import java.lang.ref.WeakReference;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** In which order wrapped memory is used, and what is left to its owner. */
@ParameterizedClass(name = "JCuda throws: {0}")
@ValueSource(booleans = {false, true})
@ExtendWith(EmulatedCuda.class)
class WrapTest {
  private static final RmsProp RULE = NamedRule.PLAIN.rule();
  private static final int LENGTH = 10;
  private static final int BYTES = 4 * LENGTH;

  private final boolean exceptions;

  WrapTest(boolean exceptions) {
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

  /** Neither waits for the other: the order is that of the calls, by the rules of the streams. */
  @Test
  void whatAFrameworkDoesInTheLegacyStreamNeedsNoEvent() {
    float[] found = new float[LENGTH];
    float[] expected = new float[LENGTH];
    try (OptimizerBackend backend = open();
        FrameworkMemory p = new FrameworkMemory(0, BYTES);
        FrameworkMemory g = new FrameworkMemory(0, BYTES);
        FrameworkMemory copy = new FrameworkMemory(0, BYTES);
        DeviceBuffer params = backend.wrap(p.describe(FLOAT32, 0, LENGTH));
        DeviceBuffer grads = backend.wrap(g.describe(FLOAT32, 0, LENGTH));
        RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, LENGTH)) {
      for (boolean ordered : new boolean[] {false, true}) {
        state.squareAverage().zero();
        params.zero();
        backend.synchronize();
        fill(g, 1.5f);
        finish(g, ordered);
        backend.step(RULE, params, grads, state);
        if (ordered) {
          backend.synchronize();
        }
        g.call(() -> CudaDriver.cuMemcpyDtoDAsync(copy.at(0), p.at(0), BYTES, null));
        fill(p, 99);
        fill(g, 99);
        finish(g, true);
        copy.read().asFloatBuffer().get(ordered ? expected : found);
      }
    }
    assertTrue(expected[0] < 0, "a step was made");
    assertArrayEquals(expected, found);
  }

  private static void fill(FrameworkMemory memory, float value) {
    memory.call(
        () ->
            JCudaDriver.cuMemsetD32Async(
                memory.at(0), Float.floatToRawIntBits(value), LENGTH, null));
  }

  private static void finish(FrameworkMemory memory, boolean really) {
    if (really) {
      memory.call(() -> CudaDriver.cuStreamSynchronize(null));
    }
  }

  @Test
  void aForeignContextStaysCurrent() {
    try (CallersContexts callers = new CallersContexts(0, 1);
        FrameworkMemory p = new FrameworkMemory(0, 4 * BYTES)) {
      try (OptimizerBackend backend = open();
          DeviceBuffer params = backend.wrap(p.describe(FLOAT32, 4, LENGTH));
          DeviceBuffer grads = backend.wrap(p.describe(FLOAT32, 2L * BYTES, LENGTH));
          RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, LENGTH)) {
        callers.assertUntouched("wrap");
        ForeignMemory none = ForeignMemory.cuda(0, 4, FLOAT32, LENGTH, this);
        assertThrows(IllegalArgumentException.class, () -> backend.wrap(none).close());
        callers.assertUntouched("a refusal");
        params.zero();
        grads.zero();
        backend.step(RULE, params, grads, state);
        callers.assertUntouched("a step");
      }
      callers.assertUntouched("close");
    }
  }

  @Test
  void closingWaitsAndFreesNothing() {
    try (FrameworkMemory memory = new FrameworkMemory(0, 2 * BYTES);
        OptimizerBackend backend = open();
        RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, LENGTH)) {
      DeviceBuffer params = backend.wrap(memory.describe(FLOAT32, 0, LENGTH));
      DeviceBuffer grads = backend.wrap(memory.describe(FLOAT32, BYTES, LENGTH));
      grads.zero();
      params.write(new float[LENGTH]);
      backend.step(RULE, params, grads, state); // has its family tried
      backend.synchronize();
      int before = CudaEmulator.launches().size();
      backend.step(RULE, params, grads, state);
      assertEquals(before, CudaEmulator.launches().size(), "nothing has run yet");
      CudaEmulator.Objects live = CudaEmulator.live();
      grads.close();
      assertEquals(before + 1, CudaEmulator.launches().size(), "its owner may go now");
      params.close();
      for (int i = 0; i < 1000; i++) {
        backend.wrap(memory.describe(FLOAT64, 0, LENGTH)).close();
      }
      assertEquals(live, CudaEmulator.live());
      try (DeviceBuffer again = backend.wrap(memory.describe(FLOAT32, 0, LENGTH))) {
        float[] values = new float[LENGTH];
        again.read(values);
        assertArrayEquals(new float[LENGTH], values);
      }
    }
  }

  @Test
  void theBackendsCloseFreesNothingOfOthers() {
    try (FrameworkMemory memory = new FrameworkMemory(0, BYTES)) {
      OptimizerBackend backend = open();
      DeviceBuffer wrapped = backend.wrap(memory.describe(FLOAT32, 0, LENGTH));
      wrapped.zero(); // not waited for
      backend.close();
      assertEquals(1, CudaEmulator.live().allocations());
      assertArrayEquals(new byte[BYTES], memory.read().array());
    }
  }

  @Test
  void theOwnerIsKeptUntilTheBufferIsClosed() throws InterruptedException {
    try (FrameworkMemory memory = new FrameworkMemory(0, BYTES);
        OptimizerBackend backend = open();
        DeviceBuffer params = backend.allocate(FLOAT32, LENGTH);
        RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, LENGTH)) {
      Object[] owner = {new Object()};
      WeakReference<Object> seen = new WeakReference<>(owner[0]);
      DeviceBuffer grads =
          backend.wrap(ForeignMemory.cuda(0, memory.address(), FLOAT32, LENGTH, owner[0]));
      owner[0] = null;
      grads.zero();
      backend.step(RULE, params, grads, state); // which remembers what it was called with
      System.gc();
      assertNotNull(seen.get());
      grads.close();
      for (int i = 0; i < 100 && seen.get() != null; i++) {
        System.gc();
        Thread.sleep(10);
      }
      assertNull(seen.get());
      assertThrows(IllegalStateException.class, grads::zero);
    }
  }
}
