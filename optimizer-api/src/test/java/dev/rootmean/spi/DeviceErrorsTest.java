package dev.rootmean.spi;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DeviceLostException;
import java.util.List;
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
}
