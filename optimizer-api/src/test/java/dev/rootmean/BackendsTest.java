package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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

  @Test
  void withoutAnyBackendTheReasonIsGiven() {
    System.setProperty(Backends.PROPERTY, "auto");
    String message =
        assertThrows(BackendException.class, () -> Backends.open().close()).getMessage();
    for (String name : new String[] {"cuda", "opencl", "cpu"}) {
      assertTrue(message.contains("not " + name + ": not on the class path"), message);
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
