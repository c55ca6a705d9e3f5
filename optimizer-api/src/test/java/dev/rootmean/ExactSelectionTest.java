package dev.rootmean;

import static dev.rootmean.StubBackends.device;
import static dev.rootmean.StubBackends.devices;
import static dev.rootmean.StubBackends.refused;
import static dev.rootmean.StubBackends.selection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.LogCapture;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.StubProvider;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.contract.Wrapped;
import dev.rootmean.spi.DeviceBackend;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What gives other bits than {@link RmsProp} defines is never taken unasked. */
class ExactSelectionTest {
  private final StubBackends stubs = new StubBackends();
  private final LogCapture log = LogCapture.of(Backends.class);

  @BeforeEach
  void capture() {
    log.start();
  }

  @AfterEach
  void release() {
    log.stop();
  }

  @Test
  void otherBitsArePassedOverAndClosed() {
    List<OptimizerBackend> inexact = new ArrayList<>();
    StubProvider sloppy =
        new StubProvider(
            "sloppy",
            300,
            () -> devices(device("", true)),
            device -> {
              inexact.add(stubs.open("sloppy", device, false));
              return inexact.get(inexact.size() - 1);
            });
    assertEquals("cpu", stubs.chosen(sloppy, stubs.cpu()));
    assertTrue(log.text().contains("not sloppy: does not guarantee exact bits"), log.text());
    assertThrows(IllegalStateException.class, inexact.get(0)::synchronize);
    BackendReport.Entry entry = selection(sloppy, stubs.cpu()).report().entries().get(0);
    assertEquals("does not guarantee exact bits; taken only by name", entry.reason());
    assertTrue(entry.available() && !entry.exact() && !entry.automatic(), entry::toString);
    try (OptimizerBackend byName = selection(sloppy, stubs.cpu()).open("sloppy")) {
      assertFalse(byName.info().exact());
    }
  }

  @Test
  void aDeviceThatSaysItIsExactAndIsNotIsRefused() {
    StubProvider liar =
        new StubProvider("cuda", 300, () -> devices(device("0", true)), device -> wrongBits(true));
    String reason = "gives other bits than RmsProp defines";
    assertTrue(refused("cuda", liar).getMessage().contains(reason));
    assertEquals("cpu", stubs.chosen(liar, stubs.cpu()));
    assertTrue(log.text().contains(reason), log.text());
  }

  @Test
  void aDeviceThatDoesNotSayItIsExactOpensByNameWithAWarning() {
    StubProvider honest =
        new StubProvider("cuda", 300, () -> devices(device("0", true)), device -> wrongBits(false));
    try (OptimizerBackend backend = selection(honest, stubs.cpu()).open("cuda")) {
      assertFalse(backend.info().exact());
    }
    assertTrue(log.text().contains("cuda does not guarantee exact bits"), log.text());
    assertEquals("cpu", stubs.chosen(honest, stubs.cpu()));
  }

  /** Its steps do nothing. */
  private static OptimizerBackend wrongBits(boolean exact) {
    return new DeviceBackend<>(
        new BackendInfo("cuda", "a faulty card", 1 << 20, exact, Set.of(DataType.FLOAT32)),
        new Wrapped<>(new ScalarDevice()) {
          @Override
          public void launch(Kernel kernel, Numbers numbers, Rows<TypedArray> rows) {}
        });
  }
}
