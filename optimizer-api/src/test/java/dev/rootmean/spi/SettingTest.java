package dev.rootmean.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.BackendException;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That a variable counts where the property is blank, BackendsTest shows. */
class SettingTest {
  private static final String PROPERTY = "rootmean.test.setting";

  @AfterEach
  void clear() {
    System.clearProperty(PROPERTY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "\r"})
  void whatIsBlankIsNotSet(String blank) {
    System.setProperty(PROPERTY, blank);
    assertEquals(Optional.empty(), new Setting(PROPERTY).value());
  }

  @Test
  void blanksAroundAValueAreNotThere() {
    System.setProperty(PROPERTY, " My GPU\t\r\n");
    assertEquals(Optional.of("My GPU"), new Setting(PROPERTY).value());
  }

  @Test
  void whatMakesNoSenseIsToldWithWhatWould() {
    Setting setting = new Setting(PROPERTY);
    assertEquals(Optional.empty(), setting.value(text -> Optional.empty(), "sense"));
    System.setProperty(PROPERTY, "nonsense ");
    assertEquals(Optional.of(8), setting.value(text -> Optional.of(text.length()), "sense"));
    BackendException e =
        assertThrows(
            BackendException.class, () -> setting.value(text -> Optional.empty(), "sense"));
    assertEquals(
        "rootmean: settings: -Drootmean.test.setting=nonsense: expected sense", e.getMessage());
  }

  @Test
  void aVariableIsToldByItsName() {
    String path = System.getenv("PATH");
    BackendException e =
        assertThrows(
            BackendException.class,
            () -> new Setting("path").value(text -> Optional.empty(), "sense"));
    assertEquals("rootmean: settings: PATH=" + path.strip() + ": expected sense", e.getMessage());
  }
}
