package dev.rootmean.spi;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever happens, close gives everything back, and waits for no more than it must. */
class DeviceCloseTest extends FrailBackend {
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

  @Test
  void slicesAreNotFreed() {
    DeviceBuffer slice = params.slice(1, 2);
    slice.close();
    assertEquals(List.of(), device.calls);
    params.close();
    slice.close();
    assertEquals(List.of("free"), device.calls);
  }

  @ParameterizedTest
  @ValueSource(strings = {"free", "await", "release"})
  void closeNeverThrowsAndNeverStopsHalfway(String failing) {
    device.failing = failing;
    params.close();
    backend.close();
    List<String> expected = new ArrayList<>(List.of("free", "await", "free", "free", "release"));
    if (failing.equals("free")) {
      expected.remove("await"); // the device is known to be lost by then
    }
    assertEquals(expected, device.calls);
  }

  @ParameterizedTest
  @ValueSource(strings = {"free", "await", "release"})
  void anErrorDoesNotStopClose(String failing) {
    device.failing = failing;
    device.failure = new StackOverflowError("planted");
    backend.close();
    assertEquals(List.of("await", "free", "free", "free", "release"), device.calls);
  }

  /** To free memory could wait for ever, and to give it to others be worse. */
  @Test
  void aDeviceThatHangsKeepsAllAndWhatWasLentToIt() {
    Object owner = new Object();
    ForeignMemory closed = ForeignMemory.host(64, FLOAT32, 3, owner);
    ForeignMemory open = ForeignMemory.host(128, FLOAT32, 3, owner);
    device.wraps = true;
    DeviceBuffer view = backend.wrap(closed);
    DeviceBuffer unclosed = backend.wrap(open);
    device.calls.clear();
    device.hung = true;
    view.close();
    params.close();
    assertTrue(OwnedDevice.LEFT.contains(closed));
    assertFalse(OwnedDevice.LEFT.contains(open));
    backend.close();
    assertTrue(OwnedDevice.LEFT.contains(open));
    assertThrows(IllegalStateException.class, unclosed::zero);
    assertEquals(List.of("await", "release"), device.calls);
  }

  /** Who closes has to wait for who is in a call, but not for those who came later. */
  @Test
  void closeTurnsAwayWhoeverWaits() throws InterruptedException {
    CountDownLatch reached = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    device.inAwait =
        () -> {
          reached.countDown();
          goOn.await();
        };
    Thread holder = new Thread(backend::synchronize);
    holder.start();
    reached.await();
    device.inAwait = () -> {};
    Thread closer = new Thread(backend::close);
    startBlocked(closer);
    List<Thread> late = new ArrayList<>();
    AtomicInteger refused = new AtomicInteger();
    for (int i = 0; i < 8; i++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  backend.step(RULE, params, grads, state);
                } catch (IllegalStateException e) {
                  refused.incrementAndGet();
                }
              });
      startBlocked(thread);
      late.add(thread);
    }
    goOn.countDown();
    for (Thread thread : late) {
      thread.join();
    }
    closer.join();
    holder.join();
    assertEquals(8, refused.get());
    assertFalse(device.calls.contains("launch"));
    assertTrue(device.calls.contains("release"));
  }

  private static void startBlocked(Thread thread) throws InterruptedException {
    thread.start();
    while (thread.getState() != Thread.State.BLOCKED) {
      Thread.sleep(1);
    }
  }
}
