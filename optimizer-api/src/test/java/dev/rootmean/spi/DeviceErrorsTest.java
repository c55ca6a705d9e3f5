package dev.rootmean.spi;

import static dev.rootmean.DataType.BFLOAT16;
import static dev.rootmean.DataType.FLOAT32;
import static dev.rootmean.DataType.FLOAT64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.BackendInfo;
import dev.rootmean.DeviceLostException;
import dev.rootmean.ForeignMemory;
import dev.rootmean.OptimizerBackend;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a failure leaves of a backend. */
class DeviceErrorsTest extends FrailBackend {
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
  @ValueSource(strings = {"launch", "receive", "send", "allocate", "await"})
  void aLostDeviceStaysLost(String failing) {
    device.failing = failing;
    Throwable first = null;
    for (Executable call : calls()) {
      try {
        call.execute();
      } catch (Throwable e) {
        first = e;
        break;
      }
    }
    assertTrue(first == device.failure || first.getCause() == device.failure);
    assertEquals(failing, device.calls.get(device.calls.size() - 1));
    device.failing = "";
    device.calls.clear();
    for (Executable call : calls()) {
      DeviceLostException later = assertThrows(DeviceLostException.class, call);
      assertEquals(700, later.nativeCode());
      assertEquals("launch", later.operation());
      assertSame(first, later.getCause());
    }
    assertEquals(List.of(), device.calls, "the device is not asked");
    params.close();
    backend.close();
    assertEquals(List.of("free", "free", "free", "release"), device.calls);
  }

  @Test
  void anotherFailureCanBeTriedAgain() {
    device.failing = "launch";
    device.failure = new IllegalStateException("for once");
    assertSame(
        device.failure,
        assertThrows(IllegalStateException.class, () -> backend.step(RULE, params, grads, state)));
    device.failing = "";
    backend.step(RULE, params, grads, state);
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
  void anErrorInAnAllocationKeepsNothing() {
    device.failing = "allocate";
    device.failure = new OutOfMemoryError("planted");
    assertThrows(OutOfMemoryError.class, () -> backend.allocate(FLOAT32, 4));
    device.failing = "";
    device.calls.clear();
    backend.close();
    assertEquals(List.of("await", "free", "free", "free", "release"), device.calls);
  }

  @Test
  void aBackendThatCannotBeMadeReleasesItsDevice() {
    FrailDevice unused = new FrailDevice();
    assertThrows(NullPointerException.class, () -> new DeviceBackend<>(null, unused));
    assertEquals(List.of("release"), unused.calls);
  }

  @Test
  void whatADeviceDoesNotComputeInIsRefused() {
    FrailDevice narrow = new FrailDevice();
    BackendInfo info = new BackendInfo("narrow", "a card", 1 << 20, false, Set.of(FLOAT32));
    try (OptimizerBackend backend = new DeviceBackend<>(info, narrow)) {
      ForeignMemory foreign = ForeignMemory.host(64, FLOAT64, 3, this);
      for (Executable call :
          List.<Executable>of(
              () -> backend.allocate(FLOAT64, 1).close(),
              () -> backend.wrap(foreign).close(),
              () -> backend.allocateRows(FLOAT64, 1, 1).close())) {
        String told = assertThrows(BackendException.class, call).getMessage();
        assertTrue(told.endsWith(": a card does not compute in FLOAT64"), told);
      }
      backend.allocate(BFLOAT16, 1).close(); // which is computed in floats
      assertEquals(List.of("allocate", "free"), narrow.calls);
    }
  }

  @Test
  void aDeviceThatWrapsNothingSaysSoAndKeepsNothing() {
    ForeignMemory foreign = ForeignMemory.host(64, FLOAT32, 3, this);
    String told =
        assertThrows(IllegalArgumentException.class, () -> backend.wrap(foreign).close())
            .getMessage();
    assertEquals("FLOAT32[3] at 0x40 of HOST: this backend wraps no memory of others", told);
    backend.close();
    assertEquals(List.of("wrap", "await", "free", "free", "free", "release"), device.calls);
  }
}
