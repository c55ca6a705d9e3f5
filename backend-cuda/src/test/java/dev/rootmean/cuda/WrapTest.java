package dev.rootmean.cuda;

import static dev.rootmean.DataType.FLOAT32;
import static dev.rootmean.DataType.FLOAT64;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.Option;
import java.lang.ref.WeakReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What a view of a framework's memory leaves to its owner. */
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
