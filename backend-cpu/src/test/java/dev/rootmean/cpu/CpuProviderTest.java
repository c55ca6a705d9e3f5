package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.spi.Details;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuProviderTest {
  @AfterEach
  void clear() {
    System.clearProperty(CpuProvider.THREADS);
  }

  @Test
  void isFoundOnTheClassPath() {
    try (OptimizerBackend backend = Backends.open("cpu")) {
      assertEquals("cpu", backend.info().name());
      assertEquals(Runtime.getRuntime().maxMemory(), backend.info().totalMemoryBytes());
    }
  }

  @Test
  void takesAsManyThreadsAsItIsTold() {
    System.setProperty(CpuProvider.THREADS, "7");
    try (OptimizerBackend backend = new CpuProvider().open("")) {
      assertTrue(backend.info().device().endsWith(", 7 threads"), backend.info().device());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "two", "1025", "2147483647", "99999999999"})
  void saysWhatIsWrongWithTheNumberOfThreads(String threads) {
    System.setProperty(CpuProvider.THREADS, threads);
    BackendException e = assertThrows(BackendException.class, () -> new CpuProvider().open(""));
    assertEquals(
        "rootmean: settings: -Drootmean.cpu.threads="
            + threads
            + ": expected a whole number from 1 to 1024",
        e.getMessage());
  }

  @Test
  void thereIsNoSecondDevice() {
    BackendException e = assertThrows(BackendException.class, () -> Backends.open("cpu:1"));
    assertEquals("cpu: open: device \"1\": there is one; name it cpu", e.getMessage());
  }

  @Test
  void aReportSaysHowManyThreadsThereWouldBe() {
    System.setProperty(CpuProvider.THREADS, "7");
    Details details = new Details();
    new CpuProvider().describe(details);
    assertEquals(List.of("device", "limits"), List.copyOf(details.lines().keySet()));
    assertTrue(details.lines().get("device").endsWith(", 7 threads"), details.lines()::toString);
    assertTrue(details.lines().get("limits").startsWith("Java's heap, at most "));
  }
}
