package dev.rootmean.contract.machinery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.LogCapture;
import dev.rootmean.contract.OptimizerBackendContract;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.StubProvider;
import dev.rootmean.spi.BackendProvider;
import dev.rootmean.spi.DeviceBackend;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

/** The contract passes a backend without a fault, and catches every planted one. */
@Tag("any-jdk")
class ContractSelfTest {
  private static Supplier<OptimizerBackend> opening;

  /** The contract closes backends with open buffers, for which each one rightly logs a warning. */
  private final LogCapture log = LogCapture.of(DeviceBackend.class);

  @BeforeEach
  void capture() {
    log.start();
  }

  @AfterEach
  void release() {
    log.stop();
  }

  /** Not found by itself: it is nested and static, and not called a test. */
  static class PlantedContract extends OptimizerBackendContract {
    @Override
    protected BackendProvider provider() {
      return StubProvider.of("scalar", opening);
    }
  }

  @Test
  void aFaultlessBackendPasses() {
    Events tests =
        run(() -> ScalarDevice.open(new ScalarDevice()), selectClass(PlantedContract.class));
    assertEquals(0, failures(tests));
    assertTrue(tests.succeeded().count() > 200, "so many tests ran");
    assertEquals(tests.started().count(), tests.succeeded().count());
  }

  @ParameterizedTest
  @EnumSource
  void aPlantedFaultIsCaught(Fault fault) {
    DiscoverySelector[] test =
        Stream.of(PlantedContract.class.getMethods())
            .filter(method -> method.getName().equals(fault.caughtBy()))
            .map(method -> selectMethod(PlantedContract.class, method))
            .toArray(DiscoverySelector[]::new);
    assertEquals(1, test.length, "tests that are called " + fault.caughtBy());
    Events tests = run(fault::open, test);
    long failures = failures(tests);
    long all = tests.started().count();
    System.out.println(
        String.format(
            Locale.ROOT, "%s is caught by %s (%d of %d)", fault, fault.caughtBy(), failures, all));
    assertTrue(failures > 0, "not caught by " + fault.caughtBy());
  }

  private static Events run(Supplier<OptimizerBackend> backend, DiscoverySelector... tests) {
    opening = backend;
    return EngineTestKit.engine("junit-jupiter").selectors(tests).execute().testEvents();
  }

  /** How many tests failed, and by what they assert: not because the backend fell over. */
  private static long failures(Events tests) {
    return tests.failed().filter(ContractSelfTest::isAssertion).count();
  }

  private static boolean isAssertion(Event event) {
    return event
        .getRequiredPayload(TestExecutionResult.class)
        .getThrowable()
        .filter(AssertionError.class::isInstance)
        .isPresent();
  }
}
