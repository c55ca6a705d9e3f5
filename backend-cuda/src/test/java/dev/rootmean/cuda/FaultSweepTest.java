package dev.rootmean.cuda;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.HostBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.cuda.FaultScenario.Operation;
import dev.rootmean.cuda.FaultScenario.Part;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.Option;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each call of the driver fails once, in each way: out of memory, a wrong handle, no context,
 * device lost. Whatever fails, the caller's own context stays current.
 */
@ParameterizedClass(name = "JCuda throws: {0}")
@ValueSource(booleans = {false, true})
@ExtendWith(EmulatedCuda.class)
@Tag("any-jdk")
class FaultSweepTest {
  private static final int OUT_OF_MEMORY = 2;
  private static final int LAUNCH_FAILED = 719;
  private static final int[] CODES = {OUT_OF_MEMORY, 400, 201, LAUNCH_FAILED};

  /** What an operation calls how often, and what the buffers hold after it. */
  private record Done(Map<String, Long> calls, List<Integer> contents) {}

  /** The nth call of a function in an operation. */
  private record Fault(int operation, String function, int nth, int code) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "call %d of %s answers %d in operation %d", nth, function, code, operation);
    }
  }

  private final boolean exceptions;

  FaultSweepTest(boolean exceptions) {
    this.exceptions = exceptions;
  }

  private Part part;
  private List<Done> undisturbed;

  private void start() {
    EmulatedCuda.start(0);
    EmulatedCuda.throwExceptions(exceptions);
    CudaEmulator.set(Option.DEVICES, 2);
  }

  private void runUndisturbed() {
    start();
    FaultScenario scenario = new FaultScenario(part);
    undisturbed = new ArrayList<>();
    for (Operation operation : scenario.operations()) {
      Map<String, Long> calls = DriverCalls.during(operation.call());
      undisturbed.add(new Done(calls, scenario.contents()));
    }
    EmulatedCuda.assertNothingIsLeft();
  }

  @ParameterizedTest
  @EnumSource
  void everyCallFailsInEveryWay(Part tried) {
    part = tried;
    runUndisturbed();
    List<String> failures = new ArrayList<>();
    int faults = 0;
    int calls = 0;
    for (int i = 0; i < undisturbed.size(); i++) {
      for (Map.Entry<String, Long> made : undisturbed.get(i).calls().entrySet()) {
        for (int nth = 1; nth <= swept(i, made.getKey(), made.getValue()); nth++, calls++) {
          for (int code : CODES) {
            Fault fault = new Fault(i, made.getKey(), nth, code);
            if (restores(fault) && code == LAUNCH_FAILED) {
              continue; // who tells of it depends on what comes next: see below
            }
            try {
              start();
              survive(fault);
            } catch (AssertionError | RuntimeException e) {
              failures.add(fault + ": " + e);
            }
            faults++;
          }
        }
      }
    }
    System.out.printf(
        Locale.ROOT, "%s: %d faults in %d calls of the driver%n", part, faults, calls);
    assertTrue(calls > 0, "no call failed");
    assertEquals("", String.join("\n", failures));
  }

  /**
   * How many calls of a function fail in turn: all if their operation is to fail in this part, but
   * of those of a trial only the first one, and none where that is quiet: they are the same calls
   * as anywhere else.
   */
  private long swept(int operation, String function, long calls) {
    Operation made = new FaultScenario(part).operations().get(operation);
    if (!made.fails() || !FaultScenario.TRIALS.contains(made.name())) {
      return made.fails() ? calls : 0;
    }
    return Set.of("cuMemFree", "cuStreamSynchronize").contains(function) ? 0 : 1;
  }

  /** A code that a thread's contexts are restored with is told again by what comes next. */
  @ParameterizedTest
  @ValueSource(ints = {OUT_OF_MEMORY, LAUNCH_FAILED})
  void whatRestoringTheCallersContextMeetsIsLeftToTheNextCall(int code) {
    start();
    try (CallersContexts callers = new CallersContexts(1);
        OptimizerBackend backend = new CudaProvider().open("")) {
      DeviceBuffer buffer = backend.allocate(FLOAT32, 1);
      CudaEmulator.failCall("cuCtxPopCurrent", 1, code);
      buffer.zero();
      callers.assertUntouched("a failed cuCtxPopCurrent");
      if (code == LAUNCH_FAILED) {
        assertThrows(DeviceLostException.class, backend::synchronize);
      } else {
        backend.synchronize();
      }
    }
  }

  private void survive(Fault fault) {
    try (CallersContexts callers = new CallersContexts(1)) {
      survive(fault, callers);
    }
    assertLeft(fault);
  }

  private void survive(Fault fault, CallersContexts callers) {
    FaultScenario scenario = new FaultScenario(part);
    List<Operation> operations = scenario.operations();
    operations.subList(0, fault.operation()).forEach(operation -> operation.call().run());
    Operation operation = operations.get(fault.operation());
    CudaEmulator.failCall(fault.function(), fault.nth(), fault.code());
    boolean opening = fault.operation() == 0;
    BackendException failure = null;
    if (operation.quiet() || restores(fault) || isRefusal(fault)) {
      assertDoesNotThrow(operation.call()::run);
    } else {
      failure = assertThrows(BackendException.class, operation.call()::run);
    }
    callers.assertUntouched(fault.toString());
    if (CudaCode.isLoss(fault.code()) && !opening && !restores(fault)) {
      lost(scenario, fault, failure);
    } else {
      if (failure != null && !opening) {
        assertEquals(fault.code(), failure.nativeCode());
        assertEquals(fault.code() == OUT_OF_MEMORY, failure instanceof DeviceOutOfMemoryException);
      }
      if (opening && breaksTheContext(fault)) {
        assertThrows(DeviceLostException.class, operation.call()::run); // until the process ends
      } else {
        goOn(scenario, fault, failure != null);
      }
    }
    callers.assertUntouched("all the rest");
  }

  /** Whether it hits a call of opening that is made in the context. */
  private static boolean breaksTheContext(Fault fault) {
    return fault.code() == LAUNCH_FAILED
        && Set.of("cuStreamCreate", "cuMemAllocHost").contains(fault.function());
  }

  /** Whether it hits what gives the thread back to the caller, which is tried again. */
  private static boolean restores(Fault fault) {
    return fault.function().equals("cuCtxPopCurrent");
  }

  /** Whether it refuses page-locked memory where other memory does: not for a launch. */
  private static boolean isRefusal(Fault fault) {
    String staged = fault.operation() == 0 && fault.nth() == 2 ? "cuMemAllocHost" : "";
    return Set.of("cuMemHostRegister", staged).contains(fault.function())
        && !CudaCode.isLoss(fault.code());
  }

  /** Everything is as before or as after, can be done again, and comes out the same. */
  private void goOn(FaultScenario scenario, Fault fault, boolean failed) {
    List<Integer> after = undisturbed.get(fault.operation()).contents();
    int next = fault.operation() + 1;
    if (failed) {
      List<Integer> before =
          fault.operation() == 0 ? List.of() : undisturbed.get(fault.operation() - 1).contents();
      List<Integer> found = scenario.contents();
      if (found.equals(before)) {
        next--;
      } else {
        assertEquals(after, found, "neither as before nor as after");
      }
    }
    for (int i = next; i < undisturbed.size(); i++) {
      if (i == undisturbed.size() - 1) { // closing would free what has leaked
        int left = (isNeverFreed(fault) ? 1 : 0) + (part == Part.TOGETHER ? 1 : 0); // tables'
        assertEquals(left, CudaEmulator.live().allocations(), "allocations");
      }
      scenario.operations().get(i).call().run();
      assertEquals(undisturbed.get(i).contents(), scenario.contents());
    }
  }

  private void lost(FaultScenario scenario, Fault fault, BackendException failure) {
    if (!isIn(fault.operation(), "close")) {
      Executable anything = scenario.backend()::synchronize;
      // A quiet call keeps what it met to itself, and the next one tells it as the cause.
      Throwable first =
          failure != null ? failure : assertThrows(BackendException.class, anything).getCause();
      assertEquals(fault.code(), assertInstanceOf(DeviceLostException.class, first).nativeCode());
      assertLater(first, fault, anything);
      assertLater(first, fault, () -> scenario.backend().allocate(FLOAT32, 1).close());
      for (DeviceBuffer buffer : scenario.buffers()) {
        assertLater(first, fault, () -> buffer.read(new float[(int) buffer.length()]));
      }
      scenario.host().ifPresent(host -> assertLater(first, fault, host::bytes));
    }
    scenario.host().ifPresent(HostBuffer::close);
    scenario.buffers().forEach(DeviceBuffer::close);
    scenario.backend().close();
  }

  private static void assertLater(Throwable first, Fault fault, Executable call) {
    DeviceLostException later = assertThrows(DeviceLostException.class, call);
    assertSame(first, later.getCause());
    assertEquals(fault.code(), later.nativeCode());
  }

  private boolean isIn(int operation, String name) {
    return new FaultScenario(part).operations().get(operation).name().equals(name);
  }

  /** Whether it hits the release of a buffer, which is not tried again. */
  private boolean isNeverFreed(Fault fault) {
    return fault.function().equals("cuMemFree")
        || (fault.function().equals("cuCtxPushCurrent") && isIn(fault.operation(), "free"));
  }

  /** Nothing; but what a driver refuses to release, or to make current for that, stays. */
  private void assertLeft(Fault fault) {
    long one = fault.code() == LAUNCH_FAILED ? 0 : 1; // a broken context takes all with it
    List<Long> expected =
        switch (fault.function()) {
          case "cuMemFree" -> List.of(one, 0L, 0L, 0L, 0L);
          case "cuMemFreeHost", "cuMemHostUnregister" -> List.of(0L, one, 0L, 0L, 0L);
          case "cuStreamDestroy" -> List.of(0L, 0L, one, 0L, 0L);
          case "cuModuleUnload" -> List.of(0L, 0L, 0L, one, 0L);
          case "cuDevicePrimaryCtxRelease" -> List.of(0L, 0L, 0L, 0L, 1L);
          case "cuCtxPushCurrent" -> {
            // Of closing the first one waits, and the second one is for the host's memory.
            String name = new FaultScenario(part).operations().get(fault.operation()).name();
            yield switch (name.equals("close") ? "close " + fault.nth() : name) {
              case "free" -> List.of(1L, 0L, 0L, 0L, 0L);
              case FaultScenario.CLOSE_HOST, "close 2" -> List.of(0L, 1L, 0L, 0L, 0L);
              case "close 3" -> List.of(1L, 3L, 1L, 2L, 0L);
              default -> List.of(0L, 0L, 0L, 0L, 0L);
            };
          }
          default -> List.of(0L, 0L, 0L, 0L, 0L);
        };
    CudaEmulator.Objects live = CudaEmulator.live();
    CudaEmulator.Objects gone = CudaEmulator.abandoned();
    assertEquals(
        expected,
        List.of(
            live.allocations() + gone.allocations(),
            live.pinned() + gone.pinned(),
            live.streams() + gone.streams(),
            live.modules() + gone.modules(),
            live.contexts() + gone.contexts()),
        "allocations, pinned memory, streams, modules and contexts that are left");
  }
}
