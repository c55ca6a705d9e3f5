package dev.rootmean.cuda;

import static dev.rootmean.DataType.FLOAT32;
import static dev.rootmean.DataType.FLOAT64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.BackendException;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.Option;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An error that ends the context ends the backend, says which step it was, and lets it close. */
@ExtendWith(EmulatedCuda.class)
class DeviceLostTest {
  private static final RmsProp RULE = NamedRule.NESTEROV.rule();
  private static final int LENGTH = 1000;

  private OptimizerBackend backend;

  @BeforeEach
  void open() {
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

  @ParameterizedTest
  @ValueSource(ints = {214, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 999})
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
  @ValueSource(ints = {1, 201, 400, 500, 701, 801})
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
        "cuda: cuStreamSynchronize: the device was lost in step 2 (MOMENTUM, 1,000 elements of"
            + " FLOAT64) (CUDA_ERROR_LAUNCH_TIMEOUT, 702)",
        lost(backend::synchronize).getMessage());
    backend.close();
  }

  @Test
  void ofSeveralStepsTheRangeIsNamedByWhicheverCallTellsIt() {
    Tensor tensor = new Tensor(FLOAT32);
    tensor.step();
    tensor.params.read(new float[LENGTH]);
    CudaEmulator.set(Option.BUDGET, 1);
    for (int i = 0; i < 3; i++) {
      tensor.step();
    }
    assertEquals(
        "cuda: cuStreamSynchronize: the device was lost in one of the steps 2 to 4"
            + " (CUDA_ERROR_LAUNCH_TIMEOUT, 702)",
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
        "cuda: cuLaunchKernel: the device was lost in one of the steps 1 to 2"
            + " (CUDA_ERROR_LAUNCH_FAILED, 719)",
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
        "cuda: cuStreamSynchronize: the device was lost (CUDA_ERROR_ILLEGAL_ADDRESS, 700)",
        lost(backend::synchronize).getMessage());
    backend.close();
  }

  @Test
  void anotherBackendCanBeOpenedAfterwards() {
    CudaEmulator.failCall("cuStreamSynchronize", 1, 700);
    lost(backend::synchronize);
    backend.close();
    try (OptimizerBackend another = new CudaProvider().open("")) {
      another.synchronize();
    }
  }
}
