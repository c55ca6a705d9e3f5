package dev.rootmean.cuda;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.HostBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.emulator.CudaEmulator;
import java.nio.FloatBuffer;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The host's page-locked memory, on a driver that copies as late as it may. */
@ExtendWith(EmulatedCuda.class)
class HostBufferTest {
  private static final RmsProp RULE = NamedRule.NESTEROV.rule();
  private static final int LENGTH = 1000;
  private static final int TENSORS = 3;
  private static final int INVALID_HANDLE = 400;

  private OptimizerBackend backend;

  @BeforeEach
  void open() {
    backend = new CudaProvider().open("");
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private final class Tensor {
    final DeviceBuffer params = backend.allocate(FLOAT32, LENGTH);
    final DeviceBuffer grads = backend.allocate(FLOAT32, LENGTH);
    final RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, LENGTH);
    final HostBuffer computed = backend.allocateHost(FLOAT32, LENGTH);
    final HostBuffer weights = backend.allocateHost(FLOAT32, LENGTH);

    /** Gradients are computed of the weights there were, and all that follows is asked for. */
    void train() {
      FloatBuffer used = weights.bytes().asFloatBuffer();
      FloatBuffer made = computed.bytes().asFloatBuffer();
      for (int i = 0; i < LENGTH; i++) {
        made.put(i, used.get(i) + i);
      }
      grads.write(computed);
      backend.step(RULE, params, grads, state);
      params.read(weights);
    }
  }

  /** While the host computes the next tensor's, the device has yet to copy and step this one's. */
  @Test
  void aTrainingOnTheHostOverlapsItsCopies() {
    Tensor[] tensors = new Tensor[TENSORS];
    for (int i = 0; i < TENSORS; i++) {
      tensors[i] = new Tensor();
    }
    for (int round = 0; round < 4; round++) {
      for (int i = 0; i < TENSORS; i++) {
        // Only this tensor's weights of the round before are waited for, and so what came earlier.
        int done = round == 0 ? 0 : (round - 1) * TENSORS + i + 1;
        tensors[i].train();
        assertEquals(done, CudaEmulator.launches().size(), "round " + round + ", tensor " + i);
      }
    }
  }

  @Test
  void itIsTransferredInPlace() {
    Tensor tensor = new Tensor();
    tensor.train(); // whatever is made at the first time
    Map<String, Long> calls = DriverCalls.during(tensor::train);
    Map<String, Long> expected =
        Map.of(
            "cuMemcpyHtoDAsync", 1L,
            "cuLaunchKernel", 1L,
            "cuMemcpyDtoHAsync", 1L,
            "cuEventRecord", 2L,
            "cuEventSynchronize", 2L,
            "cuCtxPushCurrent", 5L,
            "cuCtxPopCurrent", 5L);
    assertEquals(expected, calls);
  }

  /** The device would go on to memory that is no longer page-locked. */
  @Test
  void closingWaitsForItsCopies() {
    Tensor tensor = new Tensor();
    tensor.train();
    tensor.computed.close();
    tensor.weights.close();
    backend.synchronize();
    assertEquals(1, CudaEmulator.launches().size());
  }

  @Test
  void whatIsDroppedIsNoLongerPageLocked() throws InterruptedException {
    long before = CudaEmulator.live().pinned();
    try (DeviceBuffer target = backend.allocate(FLOAT32, LENGTH)) {
      target.write(backend.allocateHost(FLOAT32, LENGTH));
      assertEquals(before + 1, CudaEmulator.live().pinned());
      for (int i = 0; i < 500 && CudaEmulator.live().pinned() > before; i++) {
        System.gc();
        Thread.sleep(10);
      }
      assertEquals(before, CudaEmulator.live().pinned());
    }
  }

  @Test
  void whatTheDriverRefusesCanBeTriedAgain() {
    CudaEmulator.failCall("cuEventCreate", 1, 2);
    assertThrows(DeviceOutOfMemoryException.class, () -> backend.allocateHost(FLOAT32, LENGTH));
    assertEquals(1, CudaEmulator.live().events() + CudaEmulator.live().pinned()); // the arguments
    backend.allocateHost(FLOAT32, LENGTH).close();
  }

  /** Who waits for each tensor's bytes in turn is never made to wait for all that is queued. */
  @Test
  void whatTheBytesHaveWaitedForIsNoLongerCountedAsQueued() {
    Tensor[] tensors = {new Tensor(), new Tensor()};
    Map<String, Long> calls =
        DriverCalls.during(
            () -> {
              for (int i = 0; i < 200; i++) {
                tensors[i % 2].train();
              }
            });
    assertFalse(calls.containsKey("cuStreamSynchronize"), calls.toString());
  }

  @Test
  void whatCameAfterTheTransferStillCounts() {
    Tensor tensor = new Tensor();
    tensor.train();
    Map<String, Long> calls =
        DriverCalls.during(
            () -> {
              for (int i = 0; i < 300; i++) {
                tensor.grads.zero();
                tensor.weights.bytes();
              }
            });
    assertEquals(1, calls.get("cuStreamSynchronize"));
  }

  /** Where neither its event nor the stream tells of a copy's end, it may still be under way. */
  @Test
  void memoryIsNotHandedOutWhileACopyMayBeUnderWay() {
    Tensor tensor = new Tensor();
    CudaEmulator.failCall("cuEventRecord", 1, INVALID_HANDLE);
    CudaEmulator.failCall("cuStreamSynchronize", 1, INVALID_HANDLE);
    CudaEmulator.failCall("cuStreamSynchronize", 2, INVALID_HANDLE);
    assertThrows(BackendException.class, () -> tensor.params.read(tensor.weights));
    assertThrows(BackendException.class, tensor.weights::bytes);
    assertEquals(0, tensor.weights.bytes().getFloat(0));
  }

  /** Closing itself is quiet: the next call has it as its cause. */
  @Test
  void aDeviceThatIsLostWhileClosingWaitsNamesTheCallThatWaited() {
    Tensor tensor = new Tensor();
    CudaEmulator.failCall("cuEventRecord", 1, INVALID_HANDLE);
    CudaEmulator.failCall("cuStreamSynchronize", 1, INVALID_HANDLE);
    CudaEmulator.failCall("cuStreamSynchronize", 2, 719);
    assertThrows(BackendException.class, () -> tensor.params.read(tensor.weights));
    tensor.weights.close();
    DeviceLostException e = assertThrows(DeviceLostException.class, backend::synchronize);
    DeviceLostException cause = assertInstanceOf(DeviceLostException.class, e.getCause());
    assertEquals("cuStreamSynchronize", cause.operation());
  }

  /** Else the next call would be the first to know. */
  @Test
  void aDeviceThatIsLostWhileAFailedCopyIsWaitedForIsToldAtOnce() {
    Tensor tensor = new Tensor();
    CudaEmulator.failCall("cuEventRecord", 1, INVALID_HANDLE);
    CudaEmulator.failCall("cuStreamSynchronize", 1, 719);
    assertThrows(DeviceLostException.class, () -> tensor.grads.write(tensor.computed));
  }

  @Test
  void aDeviceThatIsLostIsToldByTheBytes() {
    Tensor tensor = new Tensor();
    tensor.train();
    CudaEmulator.failCall("cuEventSynchronize", 1, 719);
    assertThrows(DeviceLostException.class, tensor.weights::bytes);
    assertThrows(DeviceLostException.class, tensor.computed::bytes);
    tensor.weights.close();
  }
}
