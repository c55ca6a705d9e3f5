package dev.rootmean.spi;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DeviceLostException;
import dev.rootmean.HostBuffer;
import dev.rootmean.contract.EventCapture;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory of the host's that a device transfers by itself, and what a failure leaves of it. */
class PinnedBuffersTest extends FrailBackend {
  @BeforeEach
  void pins() {
    device.pins = true;
  }

  /** One that can be told from others by what is in it. */
  private HostBuffer marked(int mark) {
    HostBuffer buffer = backend.allocateHost(FLOAT32, 4);
    buffer.bytes().putInt(0, mark);
    return buffer;
  }

  private static boolean isLeft(int mark) {
    long found =
        OwnedDevice.LEFT.stream()
            .filter(left -> left instanceof ByteBuffer bytes && bytes.getInt(0) == mark)
            .count();
    assertTrue(found <= 1, "left once");
    return found == 1;
  }

  @Test
  void transfersAreQueuedAndWaitedForWhenTheyAreLookedAt() {
    try (HostBuffer host = backend.allocateHost(FLOAT32, 4)) {
      host.bytes().asFloatBuffer().put(2, 7);
      params.write(host);
      grads.copyFrom(params);
      host.bytes().asFloatBuffer().put(2, 0);
      grads.read(host);
      assertEquals(7, host.bytes().asFloatBuffer().get(2));
    }
    assertEquals(
        List.of(
            "pin",
            "pinned await",
            "pinned send",
            "pinned await",
            "pinned receive",
            "pinned await",
            "pinned release"),
        device.calls);
  }

  @Test
  void whoeverRecordsSeesThem() {
    try (EventCapture capture = EventCapture.start()) {
      HostBuffer host = backend.allocateHost(FLOAT32, 4);
      params.write(host);
      params.read(host);
      assertEquals(
          List.of("to device page-locked 16", "to host page-locked 16"),
          capture.events("Transfer").stream()
              .map(
                  e ->
                      e.getString("direction")
                          + " "
                          + e.getString("memory")
                          + " "
                          + e.getLong("bytes"))
              .toList());
      assertEquals("host", capture.events("Allocation").get(0).getString("memory"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pin", "pinned send", "pinned receive", "pinned await"})
  void aDeviceThatIsLostInATransferStaysLost(String failing) {
    HostBuffer host = marked(1);
    device.calls.clear();
    device.failing = failing;
    DeviceLostException lost =
        assertThrows(
            DeviceLostException.class,
            () -> {
              params.write(host);
              params.read(host);
              host.bytes();
              backend.allocateHost(FLOAT32, 4).close();
            });
    assertSame(device.failure, lost);
    device.failing = "";
    device.calls.clear();
    assertThrows(DeviceLostException.class, () -> params.write(host));
    assertThrows(DeviceLostException.class, () -> params.read(host));
    assertThrows(DeviceLostException.class, host::bytes);
    assertThrows(DeviceLostException.class, () -> backend.allocateHost(FLOAT32, 4).close());
    assertEquals(List.of(), device.calls, "the device is not asked");
    backend.close();
    assertEquals(List.of("pinned release", "free", "free", "free", "release"), device.calls);
    assertFalse(isLeft(1));
  }

  /** A driver that does not let go of memory may still write to it. */
  @Test
  void whatCannotBeReleasedIsKept() {
    int mark = 2;
    for (Throwable failure :
        new Throwable[] {new IllegalStateException("planted"), new StackOverflowError("planted")}) {
      HostBuffer host = marked(++mark);
      device.failing = "pinned release";
      device.failure = failure;
      host.close();
      assertTrue(isLeft(mark));
      device.failing = "";
      device.calls.clear();
      host.close();
      assertEquals(List.of(), device.calls, "released once");
      assertThrows(IllegalStateException.class, host::bytes);
    }
    params.write(new float[4]); // the device is not lost for that
  }

  @Test
  void whatADeviceThatHangsMayWriteToIsKept() {
    HostBuffer host = marked(5);
    marked(6);
    device.hung = true;
    device.calls.clear();
    host.close();
    params.close();
    assertTrue(isLeft(5));
    backend.close();
    assertTrue(isLeft(6));
    assertEquals(List.of("await", "release"), device.calls, "nothing is freed");
  }

  /** What was waited for in one buffer makes room in the queue for as much. */
  @Test
  void waitingForABufferMakesRoomInTheQueue() {
    try (HostBuffer host = backend.allocateHost(FLOAT32, 4)) {
      for (int i = 0; i < 200; i++) {
        backend.step(RULE, params, grads, state);
      }
      params.write(host);
      for (int i = 0; i < 50; i++) {
        backend.step(RULE, params, grads, state);
      }
      host.bytes();
      for (int i = 0; i < 206; i++) {
        backend.step(RULE, params, grads, state);
      }
      assertEquals(0, waits(), "256 operations wait behind the write");
      backend.step(RULE, params, grads, state);
      assertEquals(1, waits());
    }
  }

  private long waits() {
    return device.calls.stream().filter("await"::equals).count();
  }
}
