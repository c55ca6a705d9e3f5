package dev.rootmean.cuda;

import static dev.rootmean.DataType.FLOAT32;
import static dev.rootmean.DataType.FLOAT64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.Option;
import java.util.List;
import java.util.stream.Stream;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An error that ends the context ends the backend, says which step it was, and lets it close. */
@ParameterizedClass(name = "JCuda throws: {0}")
@ValueSource(booleans = {false, true})
@ExtendWith(EmulatedCuda.class)
class DeviceLostTest {
  private static final RmsProp RULE = NamedRule.NESTEROV.rule();
  private static final int LENGTH = 1000;

  private static final String NEW_PROCESS = "; restart the process to use this GPU again";

  private static final String STEP = "rmsprop_p_float32_g_float32_v_float32_b_float32";

  private final boolean exceptions;

  DeviceLostTest(boolean exceptions) {
    this.exceptions = exceptions;
  }

  private OptimizerBackend backend;

  @BeforeEach
  void open() {
    EmulatedCuda.throwExceptions(exceptions);
    backend = new CudaProvider().open("");
  }

  /** All that a step takes. */
  private final class Tensor {
    final DeviceBuffer params;
    final DeviceBuffer grads;
    final RmsPropState state;

    Tensor(DataType type) {
      params = backend.allocate(type, LENGTH);
      grads = backend.allocate(type, LENGTH);
      state = RmsPropState.allocate(backend, RULE, type, LENGTH);
    }

    void step() {
      backend.step(RULE, params, grads, state);
    }
  }

  private static DeviceLostException lost(Executable call) {
    return assertThrows(DeviceLostException.class, call);
  }

  static Stream<Integer> losses() {
    return Stream.of(CudaCode.values()).map(CudaCode::code).filter(CudaCode::isLoss);
  }

  @ParameterizedTest
  @MethodSource("losses")
  void everyLaterCallSaysSoWithTheFirstCause(int code) {
    Tensor tensor = new Tensor(FLOAT32);
    backend.synchronize();
    tensor.step();
    CudaEmulator.failCall("cuStreamSynchronize", 1, code);
    DeviceLostException first = lost(backend::synchronize);
    assertEquals(code, first.nativeCode());
    for (Executable call :
        List.<Executable>of(
            backend::synchronize,
            tensor::step,
            () -> tensor.params.read(new float[LENGTH]),
            () -> tensor.params.write(new float[LENGTH]),
            () -> tensor.params.copyFrom(tensor.grads),
            () -> backend.allocate(FLOAT32, 1).close())) {
      DeviceLostException later = lost(call);
      assertSame(first, later.getCause());
      assertEquals(code, later.nativeCode());
    }
    tensor.params.close();
    backend.close();
    backend.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 46, 400, 500, 701, 801, 808, 809})
  void otherCodesLeaveTheBackendUsable(int code) {
    CudaEmulator.failCall("cuStreamSynchronize", 1, code);
    BackendException e = assertThrows(BackendException.class, backend::synchronize);
    assertFalse(e instanceof DeviceLostException || e instanceof DeviceOutOfMemoryException);
    assertEquals(code, e.nativeCode());
    backend.synchronize();
    backend.close();
  }

  @Test
  void outOfMemoryIsAnExceptionOfItsOwn() {
    CudaEmulator.failCall("cuStreamSynchronize", 1, 2);
    assertInstanceOf(
        DeviceOutOfMemoryException.class,
        assertThrows(BackendException.class, backend::synchronize));
    backend.synchronize();
    backend.close();
  }

  /** Not injected: the kernel itself is ended while it runs, long after its launch succeeded. */
  @Test
  void theOnlyStepThatIsPendingIsNamed() {
    Tensor tensor = new Tensor(FLOAT64);
    tensor.step();
    backend.synchronize();
    CudaEmulator.set(Option.BUDGET, 1);
    tensor.step();
    assertEquals(
        "cuda: cuStreamSynchronize: the device was lost"
            + NEW_PROCESS
            + "; reported after a launch (rmsprop_p_float64_g_float64_v_float64_b_float64, 1,000"
            + " elements) (CUDA_ERROR_LAUNCH_TIMEOUT, 702)",
        lost(backend::synchronize).getMessage());
    backend.close();
  }

  @Test
  void severalStepsAreCountedByWhicheverCallTellsIt() {
    Tensor tensor = new Tensor(FLOAT32);
    tensor.step();
    tensor.params.read(new float[LENGTH]);
    CudaEmulator.set(Option.BUDGET, 1);
    for (int i = 0; i < 3; i++) {
      tensor.step();
    }
    assertEquals(
        "cuda: cuEventSynchronize: the device was lost"
            + NEW_PROCESS
            + "; reported after 3 launches (the last: "
            + STEP
            + ", 1,000 elements) (CUDA_ERROR_LAUNCH_TIMEOUT, 702)",
        lost(() -> tensor.params.read(new float[LENGTH])).getMessage());
    backend.close();
  }

  /** The driver tells the error of an earlier step in the answer to a later launch. */
  @Test
  void aLaunchThatIsToldCountsItself() {
    Tensor tensor = new Tensor(FLOAT32);
    tensor.step();
    CudaEmulator.failCall("cuLaunchKernel", 1, 719);
    assertEquals(
        "cuda: cuLaunchKernel: the device was lost"
            + NEW_PROCESS
            + "; reported after 2 launches (the last: "
            + STEP
            + ", 1,000 elements) (CUDA_ERROR_LAUNCH_FAILED, 719)",
        lost(tensor::step).getMessage());
    backend.close();
  }

  @Test
  void aStepThatWasRefusedIsNotNamed() {
    Tensor tensor = new Tensor(FLOAT32);
    CudaEmulator.failCall("cuLaunchKernel", 1, 701);
    assertThrows(BackendException.class, tensor::step);
    CudaEmulator.failCall("cuStreamSynchronize", 1, 700);
    assertEquals(
        "cuda: cuStreamSynchronize: the device was lost"
            + NEW_PROCESS
            + " (CUDA_ERROR_ILLEGAL_ADDRESS, 700)",
        lost(backend::synchronize).getMessage());
    backend.close();
  }

  /** A measurement is two launches: of one whose second is refused the first is in the queue. */
  @Test
  void halfAMeasurementIsNamed() {
    DeviceBuffer grads = backend.allocate(FLOAT32, LENGTH);
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(1);
    GradientDecision decision = GradientDecision.allocate(backend, policy, FLOAT32, LENGTH);
    backend.measure(grads, decision);
    backend.synchronize();
    CudaEmulator.failCall("cuLaunchKernel", 2, 701);
    assertThrows(BackendException.class, () -> backend.measure(grads, decision));
    CudaEmulator.failCall("cuStreamSynchronize", 1, 700);
    assertEquals(
        "cuda: cuStreamSynchronize: the device was lost"
            + NEW_PROCESS
            + "; reported after a launch (sum_squares_g_float32_s_float32, 1,000 elements) (CUDA_ERROR_ILLEGAL_ADDRESS, 700)",
        lost(backend::synchronize).getMessage());
    backend.close();
  }

  /** The known answers, and what was before the queue was empty, are nobody's first steps. */
  @Test
  void stepsAreCountedSinceTheQueueWasEmpty() {
    backend.close();
    backend = Backends.open("cuda");
    Tensor tensor = new Tensor(FLOAT32);
    CudaEmulator.set(Option.BUDGET, 1);
    tensor.step();
    String message = lost(backend::synchronize).getMessage();
    assertTrue(message.contains("reported after a launch (" + STEP + ", 1,000"), message);
    backend.close();
  }

  /** What somebody else in the process may do, and has to be told apart from a broken GPU. */
  @Test
  void aResetOfTheDeviceIsALossThatANewBackendMends() {
    CUdevice device = new CUdevice();
    assertEquals(0, CudaDriver.cuDeviceGet(device, 0));
    JCudaDriver.cuDevicePrimaryCtxReset(device);
    DeviceLostException e = lost(backend::synchronize);
    assertEquals(
        "cuda: cuCtxPushCurrent: the device was lost; something in this process has reset the GPU"
            + " (cudaDeviceReset): close this backend and open a new one"
            + " (CUDA_ERROR_INVALID_CONTEXT, 201)",
        e.getMessage());
    backend.close();
    try (OptimizerBackend another = Backends.open("cuda")) {
      assertTrue(another.info().exact());
    }
    EmulatedCuda.start(0); // what went with the context was not left by us
  }

  /** As an H100's driver does, whether or not somebody else holds the context. */
  @Test
  void theProcessDoesNotGetTheDeviceAgain() {
    try (CallersContexts others = new CallersContexts(0)) {
      CudaEmulator.failCall("cuStreamSynchronize", 1, 700);
      lost(backend::synchronize);
      backend.close();
      assertRefused("cuStreamCreate");
      others.assertUntouched("opening on a broken context");
    }
    assertRefused("cuDevicePrimaryCtxRetain");
  }

  private static void assertRefused(String operation) {
    assertEquals(
        "cuda: "
            + operation
            + ": something in this process has broken the GPU's context before"
            + NEW_PROCESS
            + " (CUDA_ERROR_ILLEGAL_ADDRESS, 700)",
        lost(() -> new CudaProvider().open("").close()).getMessage());
  }
}
