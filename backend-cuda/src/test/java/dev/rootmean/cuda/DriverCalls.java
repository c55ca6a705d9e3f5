package dev.rootmean.cuda;

import dev.rootmean.emulator.CudaEmulator;
import java.lang.reflect.Method;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import jcuda.driver.JCudaDriver;

/** How often which function of the emulated driver is called. */
final class DriverCalls {
  /** All that JCuda can call, so that none is overlooked. */
  private static final List<String> FUNCTIONS =
      Stream.of(JCudaDriver.class.getMethods())
          .map(Method::getName)
          .filter(DriverCalls::isCounted)
          .distinct()
          .toList();

  private DriverCalls() {}

  private static boolean isCounted(String method) {
    try {
      return CudaEmulator.calls(method) >= 0;
    } catch (IllegalArgumentException e) { // JCuda's own
      return false;
    }
  }

  /** Runs something; the functions that it called, each with how often. */
  static SortedMap<String, Long> during(Runnable run) {
    SortedMap<String, Long> calls = new TreeMap<>();
    FUNCTIONS.forEach(function -> calls.put(function, -CudaEmulator.calls(function)));
    run.run();
    FUNCTIONS.forEach(function -> calls.merge(function, CudaEmulator.calls(function), Long::sum));
    calls.values().removeIf(count -> count == 0);
    return calls;
  }
}
