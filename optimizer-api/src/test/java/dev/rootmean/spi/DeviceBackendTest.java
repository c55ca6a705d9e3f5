package dev.rootmean.spi;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.LogCapture;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import java.nio.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the contract cannot see from outside: which hooks are called, and what a failure leaves. */
class DeviceBackendTest {
  private static final RmsProp RULE = RmsProp.builder().build();

  /** Writes down which hooks are called; the one that is told to fails. */
  private static final class Frail extends ScalarDevice {
    private final List<String> calls = new ArrayList<>();
    private String failing = "";
    private RuntimeException failure =
        new DeviceLostException("frail", "launch", 700, "ILLEGAL_ADDRESS", "it fell off", null);

    private void called(String hook) {
      calls.add(hook);
      if (hook.equals(failing)) {
        throw failure;
      }
    }

    @Override
    public TypedArray allocateMemory(DataType type, long length) {
      called("allocate");
      return super.allocateMemory(type, length);
    }

    @Override
    public void free(TypedArray memory) {
      called("free");
    }

    @Override
    public void copyToDevice(MemoryRange<TypedArray> target, long offset, Buffer source) {
      called("write");
      super.copyToDevice(target, offset, source);
    }

    @Override
    public void copyFromDevice(MemoryRange<TypedArray> source, long offset, Buffer target) {
      called("read");
      super.copyFromDevice(source, offset, target);
    }

    @Override
    public void queueStep(
        Coefficients k,
        MemoryRange<TypedArray> params,
        MemoryRange<TypedArray> grads,
        MemoryRange<TypedArray> squareAverage,
        MemoryRange<TypedArray> momentum,
        MemoryRange<TypedArray> gradientAverage,
        MemoryRange<TypedArray> control) {
      called("step");
    }

    @Override
    public void awaitQueue() {
      called("await");
    }

    @Override
    public void releaseDevice() {
      called("release");
    }
  }

  private final LogCapture log = LogCapture.of(DeviceBackend.class);
  private final Frail device = new Frail();
  private final OptimizerBackend backend = device.open();
  private final DeviceBuffer params = backend.allocate(FLOAT32, 4);
  private final DeviceBuffer grads = backend.allocate(FLOAT32, 4);
  private final RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, 4);

  @BeforeEach
  void capture() {
    log.start();
    device.calls.clear();
  }

  @AfterEach
  void release() {
    backend.close();
    log.stop();
  }

  private List<Executable> calls() {
    return List.of(
        () -> backend.step(RULE, params, grads, state),
        () -> params.read(new float[4]),
        () -> params.write(new float[4]),
        () -> params.slice(0, 1),
        backend::synchronize,
        () -> backend.allocate(FLOAT32, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"step", "read", "write", "allocate", "await"})
  void aLostDeviceStaysLost(String hook) {
    device.failing = hook;
    for (Executable call : calls()) {
      try {
        call.execute();
      } catch (Throwable e) {
        assertSame(device.failure, e);
        break;
      }
    }
    assertEquals(hook, device.calls.get(device.calls.size() - 1));
    device.failing = "";
    device.calls.clear();
    for (Executable call : calls()) {
      DeviceLostException later = assertThrows(DeviceLostException.class, call);
      assertEquals(700, later.nativeCode());
      assertEquals("launch", later.operation());
      assertSame(device.failure, later.getCause());
    }
    assertEquals(List.of(), device.calls, "no hook is called");
    params.close();
    backend.close();
    assertEquals(List.of("free", "free", "free", "release"), device.calls);
  }

  @Test
  void anotherFailureCanBeTriedAgain() {
    device.failing = "step";
    device.failure = new IllegalStateException("for once");
    assertSame(
        device.failure,
        assertThrows(IllegalStateException.class, () -> backend.step(RULE, params, grads, state)));
    device.failing = "";
    backend.step(RULE, params, grads, state);
  }

  @Test
  void closeFreesWhatIsLeftAndSaysHowMuch() {
    params.close();
    params.close();
    backend.close();
    backend.close();
    state.close();
    assertEquals(List.of("free", "await", "free", "free", "release"), device.calls);
    assertEquals(
        List.of("WARNING scalar: 2 buffers were open at close and are freed now"), log.lines());
  }

  @Test
  void closeAfterAllBuffersIsSilent() {
    params.close();
    grads.close();
    state.close();
    backend.close();
    assertEquals(List.of(), log.lines());
  }

  @ParameterizedTest
  @ValueSource(strings = {"free", "await", "release"})
  void closeNeverThrowsAndNeverStopsHalfway(String hook) {
    device.failing = hook;
    params.close();
    backend.close();
    List<String> expected = new ArrayList<>(List.of("free", "await", "free", "free", "release"));
    if (hook.equals("free")) {
      expected.remove("await"); // the device is known to be lost by then
    }
    assertEquals(expected, device.calls);
  }

  @Test
  void aDeviceThatIsLostWhileFreeingIsLost() {
    device.failing = "free";
    params.close();
    device.failing = "";
    DeviceLostException later = assertThrows(DeviceLostException.class, backend::synchronize);
    assertSame(device.failure, later.getCause());
  }

  @Test
  void slicesAreNotFreed() {
    DeviceBuffer slice = params.slice(1, 2);
    slice.close();
    assertEquals(List.of(), device.calls);
    params.close();
    slice.close();
    assertEquals(List.of("free"), device.calls);
  }

  @Test
  void nothingIsCopiedForNothing() {
    params.read(4, new float[0], 0, 0);
    params.write(0, new float[3], 3, 0);
    assertEquals(List.of(), device.calls);
  }
}
