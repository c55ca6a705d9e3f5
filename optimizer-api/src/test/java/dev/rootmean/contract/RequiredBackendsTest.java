package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
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
    BackendProvider present = StubProvider.of("present", ScalarBackend::new);
    RequiredBackends.open(present, "").close();
  }
}
