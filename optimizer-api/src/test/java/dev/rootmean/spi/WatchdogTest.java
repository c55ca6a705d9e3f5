package dev.rootmean.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a wait ends; which waits do is the backends' to test. */
class WatchdogTest {
  private static final String PROPERTY = "rootmean.watchdog";

  @AfterEach
  void clear() {
    System.clearProperty(PROPERTY);
  }

  @Test
  void itIsOffUnlessItIsSet() {
    assertFalse(new Watchdog().isOn());
    System.setProperty(PROPERTY, " ");
    assertFalse(new Watchdog().isOn());
  }

  @Test
  void whatIsDoneInTimeIsWaitedForUntilThen() {
    System.setProperty(PROPERTY, "30");
    Watchdog watchdog = new Watchdog();
    long start = System.nanoTime();
    assertTrue(watchdog.await(() -> System.nanoTime() - start > 2_000_000)); // it parks by then
    assertTrue(System.nanoTime() - start > 2_000_000);
    assertTrue(watchdog.isOn());
    assertFalse(watchdog.isHung());
  }

  @Test
  void whatIsNotDoneInTimeHangs() {
    System.setProperty(PROPERTY, "0.002");
    Watchdog watchdog = new Watchdog();
    long start = System.nanoTime();
    assertFalse(watchdog.await(() -> false));
    assertTrue(System.nanoTime() - start > 2_000_000);
    assertTrue(watchdog.isHung());
    assertEquals(
        "the device has not come to an end in 0.002 s, the limit of rootmean.watchdog: close this"
            + " backend, whose memory stays taken, free nothing that was wrapped, and restart the"
            + " process",
        watchdog.reason());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "NaN", "Infinity", "soon"})
  void aLimitThatIsNoneIsRefused(String limit) {
    System.setProperty(PROPERTY, limit);
    String told = assertThrows(BackendException.class, Watchdog::new).getMessage();
    assertEquals(
        "rootmean: settings: -Drootmean.watchdog="
            + limit
            + ": expected a number of seconds above 0, such as 30",
        told);
    assertThrows(BackendException.class, Watchdog::requireSense);
  }
}
