package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Here there is no backend on the class path; {@link SelectionTest} tests the choice. */
class BackendsTest {
  @AfterEach
  void clear() {
    System.clearProperty(Backends.PROPERTY);
  }

  @Test
  void thePropertyNamesTheBackend() {
    System.setProperty(Backends.PROPERTY, "opencl:1");
    BackendException e = assertThrows(BackendException.class, () -> Backends.open().close());
    assertEquals("opencl", e.backend());
  }

  /** Whatever is opened: no device is passed over for it, and none ignores it. */
  @ParameterizedTest
  @ValueSource(strings = {"rootmean.leaks", "rootmean.watchdog"})
  void aSettingThatMakesNoSenseIsToldFirst(String property) {
    System.setProperty(property, "nonsense");
    try {
      BackendException e = assertThrows(BackendException.class, () -> Backends.open().close());
      String told = "rootmean: settings: -D" + property + "=nonsense: expected ";
      assertTrue(e.getMessage().startsWith(told), e.getMessage());
    } finally {
      System.clearProperty(property);
    }
  }

  /** Prints which backend could not be opened. */
  static final class Opening {
    private Opening() {}

    public static void main(String[] arguments) {
      try {
        Backends.open().close();
      } catch (BackendException e) {
        System.out.println("backend: " + e.backend());
      }
    }
  }

  @Test
  void theEnvironmentNamesTheBackendWhereThePropertyIsBlank() {
    ChildJvm.Outcome outcome =
        ChildJvm.of(Opening.class)
            .environment(Backends.ENVIRONMENT, "opencl\r")
            .option("-D" + Backends.PROPERTY + "=")
            .run()
            .succeeded();
    assertEquals("opencl", outcome.line("backend"));
  }

  @Test
  void withoutAnyBackendTheReasonIsGiven() {
    System.setProperty(Backends.PROPERTY, "auto");
    String message =
        assertThrows(BackendException.class, () -> Backends.open().close()).getMessage();
    for (String name : new String[] {"cuda", "opencl", "cpu"}) {
      assertTrue(message.contains("add the dependency dev.rootmean:backend-" + name), message);
    }
  }

  @Test
  void theReportNamesWhatIsMissing() {
    assertEquals(
        3, Backends.report().entries().stream().filter(entry -> !entry.available()).count());
  }

  @Test
  void aNameIsNeeded() {
    assertEquals(
        "name",
        assertThrows(NullPointerException.class, () -> Backends.open(null).close()).getMessage());
  }
}
