package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.rootmean.OptimizerBackend;
import dev.rootmean.spi.AbstractBackend;
import dev.rootmean.spi.BackendProvider;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

/** The contract passes a backend without a fault, and catches every planted one. */
class ContractSelfTest {
  private static Supplier<OptimizerBackend> opening;

  /** The contract closes backends with open buffers, for which each one rightly logs a warning. */
  private final LogCapture log = LogCapture.of(AbstractBackend.class);

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
    Events tests = run(ScalarBackend::new);
    assertEquals(Map.of(), failures(tests));
    assertTrue(tests.succeeded().count() > 150, "so many tests ran");
    assertEquals(tests.started().count(), tests.succeeded().count());
  }

  @ParameterizedTest
  @EnumSource
  void aPlantedFaultIsCaught(Fault fault) {
    Map<String, Long> failures = failures(run(fault::open));
    System.out.println(fault + " is caught by " + mostFailures(failures));
    assertTrue(failures.containsKey(fault.caughtBy()), "not caught by " + fault.caughtBy());
  }

  private static String mostFailures(Map<String, Long> failures) {
    return failures.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(4)
        .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
        .collect(Collectors.joining(", ", "", failures.size() > 4 ? ", …" : ""));
  }

  private static Events run(Supplier<OptimizerBackend> backend) {
    opening = backend;
    return EngineTestKit.engine("junit-jupiter")
        .selectors(selectClass(PlantedContract.class))
        .execute()
        .testEvents();
  }

  /** How often each test failed, and by what it asserts: not because the backend fell over. */
  private static Map<String, Long> failures(Events tests) {
    return tests
        .failed()
        .filter(ContractSelfTest::isAssertion)
        .map(event -> (MethodSource) event.getTestDescriptor().getSource().orElseThrow())
        .collect(
            Collectors.groupingBy(
                MethodSource::getMethodName, TreeMap::new, Collectors.counting()));
  }

  private static boolean isAssertion(Event event) {
    return event
        .getRequiredPayload(TestExecutionResult.class)
        .getThrowable()
        .filter(AssertionError.class::isInstance)
        .isPresent();
  }
}
