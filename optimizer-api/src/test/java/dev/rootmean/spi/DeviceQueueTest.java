package dev.rootmean.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What waits on the device, and who waits for it. */
class DeviceQueueTest extends FrailBackend {
  /** Within some hundred steps the caller waits, so that close need not wait for more. */
  @Test
  void theQueueIsBounded() {
    for (int i = 0; i < 1000; i++) {
      backend.step(RULE, params, grads, state);
    }
    assertEquals(1000, device.calls.stream().filter("launch"::equals).count());
    int waiting = 0;
    for (String call : device.calls) {
      waiting = call.equals("launch") ? waiting + 1 : 0;
      assertTrue(waiting <= 256, "steps in the queue");
    }
  }

  /** Writes count too, as they may still be on their way. */
  @Test
  void soItIsOfWrites() {
    for (int i = 0; i < 300; i++) {
      params.write(new float[4]);
    }
    assertEquals(1, device.calls.stream().filter("await"::equals).count());
  }

  /**
   * An error of what was queued before must not be taken for this step's: it is not queued then.
   */
  @Test
  void aStepThatHadToWaitInVainIsNotQueued() {
    for (int i = 0; i < 256; i++) {
      backend.step(RULE, params, grads, state);
    }
    device.failing = "await";
    device.failure = new IllegalStateException("for once");
    device.calls.clear();
    assertThrows(IllegalStateException.class, () -> backend.step(RULE, params, grads, state));
    assertEquals(List.of("await"), device.calls);
    device.failing = "";
    backend.step(RULE, params, grads, state);
    assertEquals(List.of("await", "await", "launch"), device.calls);
  }
}
