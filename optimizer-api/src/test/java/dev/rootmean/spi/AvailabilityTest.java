package dev.rootmean.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.BackendException;
import dev.rootmean.spi.Availability.Device;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AvailabilityTest {
  private static final Availability TWO =
      Availability.of(
          List.of(
              new Device("0", "Big 2000 (GPU-1a)", 1, true),
              new Device("1", "Small 1 (GPU-2b)", 1, true)));

  @ParameterizedTest
  @CsvSource({
    "'', 0",
    "0, 0",
    "1, 1",
    "small, 1",
    "BIG, 0",
    "gpu-2B, 1",
    "gpu, 0",
    "2000 (, 0",
    "2000, 0"
  })
  void aDeviceIsFoundByNumberOrPartOfItsName(String given, int place) {
    assertEquals(place, TWO.choose("toy", given));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "200", "-2000", "99999999999999999999", "-1", "medium", "0x0"})
  void whatIsNotThereIsToldWithWhatIs(String given) {
    BackendException e = assertThrows(BackendException.class, () -> TWO.choose("toy", given));
    assertEquals(
        String.format(
            Locale.ROOT,
            "toy: open: no device \"%s\": there is"
                + " toy:0, Big 2000 (GPU-1a); toy:1, Small 1 (GPU-2b)",
            given),
        e.getMessage());
  }

  @Test
  void aDevicesNumberComesBeforeAWordOfAName() {
    Availability found =
        Availability.of(
            List.of(new Device("0", "Big 100", 1, true), new Device("100", "Small", 1, true)));
    assertEquals(1, found.choose("toy", "100"));
  }

  @Test
  void withoutDevicesTheReasonIsTold() {
    Throwable cause = new UnsatisfiedLinkError("gone");
    Availability none = Availability.none("no driver", "install it", cause);
    BackendException e = assertThrows(BackendException.class, () -> none.choose("toy", ""));
    assertEquals("toy: open: no driver; install it", e.getMessage());
    assertSame(cause, e.getCause());
  }
}
