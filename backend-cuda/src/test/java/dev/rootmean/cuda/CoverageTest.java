package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.OptimizerBackend;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.PtxLine;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernels;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the tests check is all that ships: each line of each kernel is executed. */
@ExtendWith(EmulatedCuda.class)
@Tag("any-jdk")
class CoverageTest {
  private static Set<String> kernels(List<PtxLine> lines) {
    return lines.stream().map(PtxLine::kernel).collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyLineIsExecuted() {
    Map<String, Consumer<OptimizerBackend>> checks = KernelChecks.all();
    try (OptimizerBackend backend = new CudaProvider().open("")) {
      checks.values().forEach(check -> check.accept(backend));
    }
    List<PtxLine> all = CudaEmulator.coverage();
    List<PtxLine> missing = CudaEmulator.uncovered();
    missing.forEach(line -> System.out.println("never executed: " + line));
    System.out.printf(
        Locale.ROOT,
        "%,d of %,d lines of %d kernels executed%n",
        all.size() - missing.size(),
        all.size(),
        kernels(all).size());
    assertEquals(List.of(), missing);
    assertEquals(kernels(all), checks.keySet(), "each kernel has its check");
  }

  @Test
  void whatIsNotRunIsMissed() {
    List<String> family = // no other is tried before its first launch
        Kernels.ofFamily("float32").stream().map(Kernel::name).toList();
    String run = family.get(0);
    try (OptimizerBackend backend = new CudaProvider().open("")) {
      KernelChecks.all().get(run).accept(backend);
    }
    Set<String> missed = kernels(CudaEmulator.uncovered());
    assertTrue(missed.add(run), "it was run as a whole");
    assertEquals(new TreeSet<>(family), missed);
  }
}
