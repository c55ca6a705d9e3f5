package dev.rootmean.opencl;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.NamedRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jocl.CL;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each call of OpenCL fails in turn, by a code or an Error: that is told, and no handle is left
 * open. The faults are planted above {@link Jocl}, which turns JOCL's exceptions into codes, so
 * that the sweep is the same in both modes of JOCL; that Jocl gives the codes in both is JoclTest's
 * to show.
 */
@Tag("any-jdk")
class FaultSweepTest {
  /** Of each call, the first few and the last are failed: others come from the same places. */
  private static final int OCCURRENCES = 3;

  private static final int LENGTH = 300;

  /** What devices are looked for with. */
  private static final Set<String> SEARCH =
      Set.of("clGetPlatformIDs", "clGetPlatformInfo", "clGetDeviceIDs", "clGetDeviceInfo");

  /** What is thrown where a code would do as well. */
  private static final int NO_MEMORY_IN_JAVA = 1;

  @BeforeEach
  void pocl() {
    Pocl.demand();
  }

  /** Does all that a backend can; gives how many calls were made before it began to close. */
  private static int everything(PlantedDriver planted) {
    OpenClDriver driver = planted.driver();
    RmsProp rule = NamedRule.NESTEROV_CENTERED_MAXIMIZE.rule();
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(1);
    try (OptimizerBackend backend =
            new OpenClProvider(() -> driver, device -> 0, OpenClQueue.Limits.OF_DRIVERS)
                .open(Pocl.DEVICE);
        DeviceBuffer params = backend.allocate(FLOAT32, LENGTH);
        DeviceBuffer grads = backend.allocate(FLOAT32, LENGTH);
        RmsPropState state = RmsPropState.allocate(backend, rule, FLOAT32, LENGTH);
        GradientDecision decision = GradientDecision.allocate(backend, policy, FLOAT32, LENGTH)) {
      grads.write(new float[LENGTH]);
      backend.measure(grads, decision);
      backend.step(rule, params, grads, state, decision);
      backend.step(rule, params, grads, state);
      grads.add(params);
      grads.copyFrom(params);
      grads.zero();
      backend.synchronize();
      params.read(new float[LENGTH]);
      return planted.calls().size();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {CL.CL_OUT_OF_RESOURCES, CL.CL_DEVICE_NOT_AVAILABLE, NO_MEMORY_IN_JAVA})
  void eachFailureIsToldAndNoHandleIsLeft(int code) {
    PlantedDriver whole = new PlantedDriver();
    int beforeClosing = everything(whole);
    assertNothingLeft(whole, "no fault");
    List<String> seen = new ArrayList<>();
    int faults = 0;
    for (int i = 0; i < whole.calls().size(); i++) {
      String call = whole.calls().get(i);
      seen.add(call);
      boolean isLast = whole.calls().lastIndexOf(call) == i;
      boolean cannotHelp = code == NO_MEMORY_IN_JAVA && call.startsWith("clRelease");
      if ((seen.stream().filter(call::equals).count() <= OCCURRENCES || isLast) && !cannotHelp) {
        boolean told = i < beforeClosing && (code == NO_MEMORY_IN_JAVA || !mayFail(call));
        failAt(i, call, code, told);
        faults++;
      }
    }
    assertTrue(faults > seen.stream().distinct().count(), "faults: " + faults);
  }

  /** Whether the code may be passed over: what it tells comes later, or another device is there. */
  private static boolean mayFail(String call) {
    return call.startsWith("clRelease") || call.equals("clFlush") || SEARCH.contains(call);
  }

  private static void failAt(int place, String call, int code, boolean told) {
    PlantedDriver planted = new PlantedDriver();
    planted.plant(
        (name, arguments) -> {
          if (planted.calls().size() != place + 1) {
            return CL.CL_SUCCESS;
          }
          if (code == NO_MEMORY_IN_JAVA) {
            throw new OutOfMemoryError("planted");
          }
          return code;
        });
    String what = call + ", call " + place;
    try {
      everything(planted);
      assertFalse(told, () -> what + " fails, and nobody is told");
    } catch (BackendException e) {
      // Memory that cannot be filled is told as memory that is not there.
      boolean isFill = e instanceof DeviceOutOfMemoryException && code == CL.CL_OUT_OF_RESOURCES;
      assertTrue(!told || isFill || e.nativeCode() == code, () -> what + " is told as " + e);
    } catch (OutOfMemoryError e) {
      assertEquals("planted", e.getMessage());
    }
    assertNothingLeft(planted, what);
  }

  private static void assertNothingLeft(PlantedDriver driver, String what) {
    Stream<Integer> left = driver.handles().values().stream();
    assertTrue(left.allMatch(count -> count == 0), () -> what + " leaves " + driver.handles());
  }
}
