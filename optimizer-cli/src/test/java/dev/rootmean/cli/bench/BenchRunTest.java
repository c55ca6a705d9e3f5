package dev.rootmean.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendInfo;
import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.cli.BadInputException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BenchRunTest {
  private static final BenchPoint SMALL = point(1_000, DataType.FLOAT32);
  private static final BenchPoint HUGE = point(1_000_000_000_000L, DataType.FLOAT32);

  private static BenchPoint point(long elements, DataType type) {
    return new BenchPoint(
        TensorLayout.single(elements),
        StepVariant.ALL[1],
        "of a test",
        Precision.of(type),
        OptionalDouble.empty());
  }

  /** A device of 1 GB, for singles alone, that has less memory left than it says. */
  private static OptimizerBackend full() {
    BackendInfo info =
        new BackendInfo("full", "a full device", 1_000_000_000, true, Set.of(DataType.FLOAT32));
    return (OptimizerBackend)
        Proxy.newProxyInstance(
            BenchRunTest.class.getClassLoader(),
            new Class<?>[] {OptimizerBackend.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("info")) {
                return info;
              }
              throw new DeviceOutOfMemoryException("full", "allocate", -4, "", "no memory", null);
            });
  }

  private static BenchReport run(boolean mayLeaveOut, OptimizerBackend backend, BenchPoint... p) {
    return new BenchRun(List.of(p), 0.001, mayLeaveOut).on(List.of(backend), (info, point) -> {});
  }

  @Test
  void whatDoesNotFitIsLeftOutInOneLine() {
    try (OptimizerBackend cpu = Backends.open("cpu")) {
      List<BenchPoint> told = new ArrayList<>();
      BenchReport report =
          new BenchRun(List.of(SMALL, HUGE), 0.001, true)
              .on(List.of(cpu, full()), (info, point) -> told.add(point));
      assertEquals(List.of(SMALL, HUGE, SMALL, HUGE), told);
      assertEquals(1, report.results().size());
      assertEquals(1_000, report.results().get(0).elements());
      assertEquals(2, report.notes().size(), report.notes().toString());
      assertTrue(report.notes().get(0).startsWith("left out on cpu, which has "));
      assertTrue(report.notes().get(0).endsWith("momentum of 1,000,000,000,000 elements"));
      assertEquals(
          "left out on full, which has 1.00 GB: momentum of 1,000 elements,"
              + " momentum of 1,000,000,000,000 elements",
          report.notes().get(1));
    }
  }

  @Test
  void whatWasAskedForMustFit() {
    BenchRun run = new BenchRun(List.of(SMALL, HUGE), 0.001, false);
    assertThrows(BadInputException.class, () -> run.requireRoom(List.of(full())));
    assertThrows(DeviceOutOfMemoryException.class, () -> run(false, full(), SMALL));
  }

  @Test
  void aTypeThatABackendLacksIsLeftOut() {
    BenchPoint doubles = point(1_000, DataType.FLOAT64);
    try (OptimizerBackend cpu = Backends.open("cpu")) {
      BenchReport report =
          new BenchRun(List.of(doubles), 0.001, false)
              .on(List.of(full(), cpu), (info, point) -> {});
      assertEquals("cpu", report.results().get(0).backend().name());
      assertEquals(List.of("full left out: it does not compute in FLOAT64"), report.notes());
    }
    BadInputException e = assertThrows(BadInputException.class, () -> run(true, full(), doubles));
    assertEquals(
        "nothing to measure: full left out: it does not compute in FLOAT64", e.getMessage());
  }
}
