package dev.rootmean.spi;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.LogCapture;
import dev.rootmean.contract.ScalarBackend;
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
class AbstractBackendTest {
  private static final RmsProp RULE = RmsProp.builder().build();

  /** Writes down which hooks are called; the one that is told to fails. */
  private static final class Frail extends ScalarBackend {
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
    protected TypedArray allocateMemory(DataType type, long length) {
      called("allocate");
      return super.allocateMemory(type, length);
    }

    @Override
    protected void free(TypedArray memory) {
      called("free");
    }

    @Override
    protected void copyToDevice(BackendBuffer<TypedArray> target, long offset, Buffer source) {
      called("write");
      super.copyToDevice(target, offset, source);
    }

    @Override
    protected void copyFromDevice(BackendBuffer<TypedArray> source, long offset, Buffer target) {
      called("read");
      super.copyFromDevice(source, offset, target);
    }

    @Override
    protected void queueStep(
        Coefficients k,
        BackendBuffer<TypedArray> params,
        BackendBuffer<TypedArray> grads,
        BackendBuffer<TypedArray> squareAverage,
        BackendBuffer<TypedArray> momentum,
        BackendBuffer<TypedArray> gradientAverage,
        BackendBuffer<TypedArray> control) {
      called("step");
    }

    @Override
    protected void awaitQueue() {
      called("await");
    }

    @Override
    protected void releaseDevice() {
      called("release");
    }
  }

  private final LogCapture log = LogCapture.of(AbstractBackend.class);
  private final Frail backend = new Frail();
  private final DeviceBuffer params = backend.allocate(FLOAT32, 4);
  private final DeviceBuffer grads = backend.allocate(FLOAT32, 4);
  private final RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, 4);

  @BeforeEach
  void capture() {
    log.start();
    backend.calls.clear();
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
    backend.failing = hook;
    for (Executable call : calls()) {
      try {
        call.execute();
      } catch (Throwable e) {
        assertSame(backend.failure, e);
        break;
      }
    }
    assertEquals(hook, backend.calls.get(backend.calls.size() - 1));
    backend.failing = "";
    backend.calls.clear();
    for (Executable call : calls()) {
      DeviceLostException later = assertThrows(DeviceLostException.class, call);
      assertEquals(700, later.nativeCode());
      assertEquals("launch", later.operation());
      assertSame(backend.failure, later.getCause());
    }
    assertEquals(List.of(), backend.calls, "no hook is called");
    params.close();
    backend.close();
    assertEquals(List.of("free", "free", "free", "release"), backend.calls);
  }

  @Test
  void anotherFailureCanBeTriedAgain() {
    backend.failing = "step";
    backend.failure = new IllegalStateException("for once");
    assertSame(
        backend.failure,
        assertThrows(IllegalStateException.class, () -> backend.step(RULE, params, grads, state)));
    backend.failing = "";
    backend.step(RULE, params, grads, state);
  }

  @Test
  void closeFreesWhatIsLeftAndSaysHowMuch() {
    params.close();
    params.close();
    backend.close();
    backend.close();
    state.close();
    assertEquals(List.of("free", "await", "free", "free", "release"), backend.calls);
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
    backend.failing = hook;
    params.close();
    backend.close();
    List<String> expected = new ArrayList<>(List.of("free", "await", "free", "free", "release"));
    if (hook.equals("free")) {
      expected.remove("await"); // the device is known to be lost by then
    }
    assertEquals(expected, backend.calls);
  }

  @Test
  void aDeviceThatIsLostWhileFreeingIsLost() {
    backend.failing = "free";
    params.close();
    backend.failing = "";
    DeviceLostException later = assertThrows(DeviceLostException.class, backend::synchronize);
    assertSame(backend.failure, later.getCause());
  }

  @Test
  void slicesAreNotFreed() {
    DeviceBuffer slice = params.slice(1, 2);
    slice.close();
    assertEquals(List.of(), backend.calls);
    params.close();
    slice.close();
    assertEquals(List.of("free"), backend.calls);
  }

  @Test
  void nothingIsCopiedForNothing() {
    params.read(4, new float[0], 0, 0);
    params.write(0, new float[3], 3, 0);
    assertEquals(List.of(), backend.calls);
  }
}
