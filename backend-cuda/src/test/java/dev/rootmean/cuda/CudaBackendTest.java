package dev.rootmean.cuda;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.CheckedSteps;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.Option;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the contract cannot see: threads' contexts, launches, and the driver's own limits. */
@ParameterizedClass(name = "JCuda throws: {0}")
@ValueSource(booleans = {false, true})
@ExtendWith(EmulatedCuda.class)
class CudaBackendTest {
  private static final RmsProp RULE = NamedRule.MOMENTUM_CENTERED.rule();
  private static final int LENGTH = 1000;

  private final boolean exceptions;

  CudaBackendTest(boolean exceptions) {
    this.exceptions = exceptions;
  }

  @BeforeEach
  void setMode() {
    EmulatedCuda.throwExceptions(exceptions);
  }

  private static OptimizerBackend open() {
    return new CudaProvider().open("");
  }

  /** A context is a thread's, so each call must work as the first one of its thread. */
  @Test
  void everyCallCanBeAThreadsFirst() throws Exception {
    OptimizerBackend backend = open();
    DeviceBuffer params = backend.allocate(FLOAT32, LENGTH);
    DeviceBuffer grads = backend.allocate(FLOAT32, LENGTH);
    RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, LENGTH);
    for (Runnable call :
        List.<Runnable>of(
            () -> backend.step(RULE, params, grads, state),
            backend::synchronize,
            () -> params.write(new float[LENGTH]),
            () -> params.read(new float[LENGTH]),
            () -> params.copyFrom(grads),
            () -> backend.allocate(FLOAT32, LENGTH).close(),
            grads::close)) {
      onANewThread(call);
    }
    assertEquals(4, CudaEmulator.live().allocations(), "of grads nothing is left");
    onANewThread(backend::close);
  }

  private static void onANewThread(Runnable call) throws Exception {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      thread.submit(call).get();
    } finally {
      thread.shutdown();
    }
  }

  @Test
  void theDriversOutOfMemoryCanBeTriedAgain() {
    CudaEmulator.set(Option.MEMORY_BYTES, 1 << 20);
    try (OptimizerBackend backend = open()) {
      List<DeviceBuffer> buffers = new ArrayList<>();
      DeviceOutOfMemoryException e =
          assertThrows(
              DeviceOutOfMemoryException.class,
              () -> {
                while (true) {
                  buffers.add(backend.allocate(FLOAT32, 50_000));
                }
              });
      assertEquals(5, buffers.size());
      assertEquals(
          "cuda: cuMemAlloc: 200,000 bytes: 48,576 of the 1,048,576 bytes of Emulated CUDA device 0"
              + " are free (CUDA_ERROR_OUT_OF_MEMORY, 2)",
          e.getMessage());
      CudaEmulator.failCall("cuMemGetInfo", 1, 201);
      assertEquals(
          "the device has too little memory left",
          assertThrows(
                  DeviceOutOfMemoryException.class, () -> backend.allocate(FLOAT32, 50_000).close())
              .reason());
      OptimizerBuilder model =
          Optimizer.builder(backend, RmsProp.builder().momentum(0.9).build())
              .parameter("w", 100, 100);
      assertEquals(
          "40,000 bytes: 8,576 of the 1,048,576 bytes of Emulated CUDA device 0 are free; for"
              + " parameters, gradients and accumulators at least 160,000 bytes are needed in all",
          assertThrows(DeviceOutOfMemoryException.class, () -> model.build().close()).reason());
      float[] values = new float[50_000];
      buffers.get(4).read(values);
      assertArrayEquals(new float[50_000], values);
      buffers.remove(0).close();
      CheckedSteps.everyVariant(backend, LENGTH);
      buffers.forEach(DeviceBuffer::close);
    }
  }

  @Test
  void anErrorInAnAllocationLeavesNothing() {
    try (OptimizerBackend backend = open()) {
      CudaEmulator.throwFromCall("cuMemsetD8Async", 1);
      assertThrows(OutOfMemoryError.class, () -> backend.allocate(FLOAT32, LENGTH).close());
      assertEquals(0, CudaEmulator.live().allocations());
      CheckedSteps.everyVariant(backend, LENGTH);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuMemAlloc", "cuMemsetD8Async"})
  void anAllocationThatFailsLeavesNothing(String function) {
    try (OptimizerBackend backend = open()) {
      CudaEmulator.failCall(function, 1, 2);
      assertThrows(
          DeviceOutOfMemoryException.class, () -> backend.allocate(FLOAT32, LENGTH).close());
      assertEquals(0, CudaEmulator.live().allocations());
      CheckedSteps.everyVariant(backend, LENGTH);
    }
  }

  @Test
  void aRefusedStepChangesNothingAndCanBeTriedAgain() {
    try (OptimizerBackend backend = open();
        DeviceBuffer params = backend.allocate(FLOAT32, LENGTH);
        DeviceBuffer grads = backend.allocate(FLOAT32, LENGTH);
        RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, LENGTH)) {
      CudaEmulator.failCall("cuLaunchKernel", 1, 2);
      assertThrows(
          DeviceOutOfMemoryException.class, () -> backend.step(RULE, params, grads, state));
      float[] values = new float[LENGTH];
      params.read(values);
      assertArrayEquals(new float[LENGTH], values);
      backend.step(RULE, params, grads, state);
      backend.synchronize();
      assertTrue(CudaEmulator.launches().size() == 1, "the second one ran");
    }
  }

  /** What is not closed is freed by the backend, also in the middle of its work. */
  @Test
  void closingWithWorkInTheQueueLeavesNothing() {
    OptimizerBackend backend = open();
    DeviceBuffer params = backend.allocate(FLOAT32, LENGTH);
    DeviceBuffer grads = backend.allocate(FLOAT32, LENGTH);
    RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, LENGTH);
    backend.step(RULE, params, grads, state);
    backend.close();
  }
}
