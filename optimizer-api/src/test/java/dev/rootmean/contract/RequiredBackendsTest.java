package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.rootmean.BackendException;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

class RequiredBackendsTest {
  private static final BackendProvider ABSENT =
      new StubProvider(
          "absent",
          0,
          () -> Availability.none("it is made up", "none", null),
          device -> {
            throw new AssertionError("not to be opened");
          });

  private static final BackendProvider TWO_DEVICES =
      new StubProvider(
          "two",
          0,
          () ->
              Availability.of(
                  List.of(
                      new Availability.Device("0", "First Device", 1, true),
                      new Availability.Device("1", "a broken one", 1, true))),
          device -> {
            if (device.equals("1") || device.equals("broken")) {
              throw new BackendException("two", "open", "it is broken", null);
            }
            return ScalarDevice.open(new ScalarDevice());
          });

  private String before;

  static class AbsentContract extends OptimizerBackendContract {
    @Override
    protected BackendProvider provider() {
      return ABSENT;
    }
  }

  @BeforeEach
  void remember() {
    before = System.getProperty(RequiredBackends.PROPERTY);
    System.clearProperty(RequiredBackends.PROPERTY);
  }

  @AfterEach
  void restore() {
    if (before != null) {
      System.setProperty(RequiredBackends.PROPERTY, before);
    }
  }

  @Test
  void whatIsAbsentIsSkipped() {
    System.setProperty(RequiredBackends.PROPERTY, "cpu,absent-minded");
    String reason =
        assertThrows(TestAbortedException.class, () -> RequiredBackends.open(ABSENT, "").close())
            .getMessage();
    assertTrue(reason.contains("absent") && reason.contains("it is made up"), reason);
  }

  @Test
  void whatIsRequiredFails() {
    System.setProperty(RequiredBackends.PROPERTY, "cpu, absent");
    String reason =
        assertThrows(AssertionFailedError.class, () -> RequiredBackends.open(ABSENT, "").close())
            .getMessage();
    assertTrue(reason.contains("it is made up; none"), reason);
  }

  @Test
  void theWholeContractIsSkippedOrFails() {
    EngineExecutionResults optional = contract();
    assertTrue(optional.testEvents().aborted().count() > 150, "each test is skipped");
    assertEquals(optional.testEvents().started().count(), optional.testEvents().aborted().count());
    System.setProperty(RequiredBackends.PROPERTY, "absent");
    EngineExecutionResults required = contract();
    assertEquals(1, required.containerEvents().failed().count());
    assertEquals(0, required.testEvents().succeeded().count());
  }

  private static EngineExecutionResults contract() {
    return EngineTestKit.engine("junit-jupiter")
        .selectors(selectClass(AbsentContract.class))
        .execute();
  }

  @Test
  void whatIsThereIsOpened() {
    BackendProvider present =
        StubProvider.of("present", () -> ScalarDevice.open(new ScalarDevice()));
    RequiredBackends.open(present, "").close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "second", "first  device"})
  void aDeviceThatIsAbsentIsSkippedOrFails(String device) {
    System.setProperty(RequiredBackends.PROPERTY, "cpu");
    Executable open = () -> RequiredBackends.open(TWO_DEVICES, device).close();
    String reason = assertThrows(TestAbortedException.class, open).getMessage();
    assertTrue(reason.contains("\"" + device + "\": there is First Device, a broken one"), reason);
    System.setProperty(RequiredBackends.PROPERTY, "two");
    assertThrows(AssertionFailedError.class, open);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "first", "DEVICE"})
  void aDeviceThatIsThereIsOpened(String device) {
    System.setProperty(RequiredBackends.PROPERTY, "two");
    RequiredBackends.open(TWO_DEVICES, device).close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "broken"})
  void aDeviceThatIsThereAndDoesNotOpenIsAnError(String device) {
    assertThrows(BackendException.class, () -> RequiredBackends.open(TWO_DEVICES, device).close());
  }
}
