package dev.rootmean.cuda;

import static dev.rootmean.DataType.FLOAT32;
import static dev.rootmean.DataType.FLOAT64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.Backends;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.HostBuffer;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.RowGradients;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.Option;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is done on a GPU, the calling thread's own CUDA contexts stay as they are. */
@ExtendWith(EmulatedCuda.class)
class CallersContextsTest {
  private static final RmsProp RULE = NamedRule.MOMENTUM_CENTERED.rule();
  private static final GradientPolicy POLICY = GradientPolicy.NONE.withNormClip(1);
  private static final int LENGTH = 100;

  /** The caller's devices; Rootmean's is 0. */
  static Stream<int[]> stacks() {
    return Stream.of(new int[] {}, new int[] {1}, new int[] {1, 0, 1}, new int[] {0});
  }

  @BeforeEach
  void twoDevices() {
    CudaEmulator.set(Option.DEVICES, 2);
  }

  /** What can be called, by the method's name, in an order that works. */
  private static Map<String, Runnable> calls(OptimizerBackend backend) {
    DeviceBuffer params = backend.allocate(FLOAT32, LENGTH);
    return calls(backend, params, backend.allocate(FLOAT32, LENGTH));
  }

  private static Map<String, Runnable> calls(
      OptimizerBackend backend, DeviceBuffer params, DeviceBuffer grads) {
    DeviceBuffer doubles = backend.allocate(FLOAT64, LENGTH);
    RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, LENGTH);
    GradientDecision decision = GradientDecision.allocate(backend, POLICY, FLOAT32, LENGTH);
    HostBuffer host = backend.allocateHost(FLOAT32, LENGTH);
    GradientDecision wider = GradientDecision.allocate(backend, POLICY, FLOAT32, 32_768);
    RowGradients rows = backend.allocateRows(FLOAT32, LENGTH / 10, 10);
    Map<String, Runnable> calls = new LinkedHashMap<>();
    calls.put("info", backend::info);
    calls.put("allocate", () -> backend.allocate(FLOAT32, LENGTH));
    calls.put("wrap", () -> wrap(backend));
    calls.put("dataType", params::dataType);
    calls.put("length", params::length);
    calls.put("slice", () -> params.slice(1, 2));
    calls.put("bases", params::bases);
    calls.put("overlaps", () -> params.overlaps(grads));
    calls.put("owns", () -> backend.owns(params));
    calls.put("write", () -> params.write(new float[LENGTH]));
    calls.put("write doubles", () -> doubles.write(new double[LENGTH]));
    calls.put("write bytes", () -> params.write(0, ByteBuffer.allocate(8)));
    calls.put("allocateHost", () -> backend.allocateHost(FLOAT32, LENGTH));
    calls.put("write host memory", () -> params.write(host));
    calls.put("read host memory", () -> params.read(host));
    calls.put("bytes", host::bytes);
    calls.put("close host memory", host::close);
    calls.put("copyFrom", () -> params.copyFrom(grads));
    calls.put("add", () -> params.add(grads));
    calls.put("zero", params::zero);
    calls.put("step", () -> backend.step(RULE, params, grads, state));
    calls.put(
        "multiTensorStep",
        () -> {
          MultiTensorStep together = backend.multiTensorStep();
          together.add(params, grads, state);
          together.step(RULE, 0);
        });
    calls.put("measure", () -> backend.measure(grads, decision));
    calls.put("step controlled", () -> backend.step(RULE, params, grads, state, decision));
    calls.put("allocateRows", () -> backend.allocateRows(FLOAT32, LENGTH / 10, 10));
    calls.put("add rows", () -> rows.add(new int[] {3, 3}, new float[20]));
    calls.put("measure rows", () -> backend.measure(List.of(grads, rows.sums()), wider));
    calls.put("stepRows", () -> backend.stepRows(RULE, params, rows, state));
    calls.put("read", () -> params.read(new float[LENGTH]));
    calls.put("read doubles", () -> doubles.read(new double[LENGTH]));
    calls.put("read bytes", () -> params.read(0, ByteBuffer.allocateDirect(8)));
    calls.put("synchronize", backend::synchronize);
    calls.put("nativeQueue", backend::nativeQueue);
    calls.put("close a buffer", params::close);
    calls.put("close", backend::close); // frees what is left
    return calls;
  }

  private static void wrap(OptimizerBackend backend) {
    try (FrameworkMemory memory = new FrameworkMemory(0, 4 * LENGTH)) {
      backend.wrap(memory.describe(FLOAT32, 0, LENGTH)).close();
    }
  }

  private static Set<String> methods() {
    Set<String> names = new TreeSet<>();
    for (Class<?> type :
        new Class<?>[] {OptimizerBackend.class, DeviceBuffer.class, HostBuffer.class}) {
      Stream.of(type.getMethods()).map(Method::getName).forEach(names::add);
    }
    return names;
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void everyMethodLeavesThemAsTheyAre(int[] stack) {
    try (CallersContexts callers = new CallersContexts(stack)) {
      OptimizerBackend backend = Backends.open("cuda"); // with the known answers
      callers.assertUntouched("open");
      Map<String, Runnable> calls = calls(backend);
      callers.assertUntouched("the allocations");
      makeAll(calls, callers);
      Set<String> called = new TreeSet<>();
      calls.keySet().forEach(name -> called.add(name.replaceFirst(" .*", "")));
      assertEquals(methods(), called, "each method has its call");
      new CudaProvider().probe();
      callers.assertUntouched("probe");
    }
  }

  private static void makeAll(Map<String, Runnable> calls, CallersContexts callers) {
    calls.forEach(
        (name, call) -> {
          call.run();
          callers.assertUntouched(name);
        });
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void soDoesEachOnMemoryOfAFramework(int[] stack) {
    try (CallersContexts callers = new CallersContexts(stack);
        FrameworkMemory memory = new FrameworkMemory(0, 12 * LENGTH);
        OptimizerBackend backend = new CudaProvider().open("")) {
      DeviceBuffer params = backend.wrap(memory.describe(FLOAT32, 4, LENGTH));
      DeviceBuffer grads = backend.wrap(memory.describe(FLOAT32, 8 * LENGTH, LENGTH));
      callers.assertUntouched("the views");
      makeAll(calls(backend, params, grads), callers);
    }
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void soDoCallsOnALostDevice(int[] stack) {
    try (CallersContexts callers = new CallersContexts(stack)) {
      OptimizerBackend backend = new CudaProvider().open("");
      Map<String, Runnable> calls = calls(backend);
      calls.remove("wrap"); // the framework itself would meet the loss
      backend.step(
          RULE,
          backend.allocate(FLOAT32, 1),
          backend.allocate(FLOAT32, 1),
          RmsPropState.allocate(backend, RULE, FLOAT32, 1));
      CudaEmulator.set(Option.BUDGET, 1);
      int losses = 0;
      for (Map.Entry<String, Runnable> call : calls.entrySet()) {
        try {
          call.getValue().run();
        } catch (DeviceLostException e) {
          losses++;
        }
        callers.assertUntouched(call.getKey());
      }
      assertTrue(losses > 0, "no call meets the loss");
    }
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void soDoesOpeningThatFails(int[] stack) {
    try (CallersContexts callers = new CallersContexts(stack)) {
      for (String function :
          new String[] {
            "cuDevicePrimaryCtxRetain",
            "cuCtxPushCurrent",
            "cuStreamCreate",
            "cuMemAllocHost",
            "cuModuleLoadDataEx",
            "cuModuleGetFunction",
            "cuMemAlloc"
          }) {
        CudaEmulator.failCall(function, 1, 2);
        assertThrows(BackendException.class, () -> Backends.open("cuda").close(), function);
        callers.assertUntouched("opening that fails at " + function);
      }
    }
  }
}
