package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.LogCapture;
import dev.rootmean.contract.ScalarDevice;
import org.junit.jupiter.api.Test;

/** Who trains in 16 bits as others do is told once of a process, and nobody else is. */
class PrecisionWarningTest {
  private static final RmsProp RULE = RmsProp.builder().build();

  /** The child. */
  public static void main(String[] arguments) {
    LogCapture log = LogCapture.of(OptimizerBuilder.class);
    log.start();
    try (OptimizerBackend backend = ScalarDevice.open(new ScalarDevice())) {
      build(backend, Precision.FLOAT32);
      build(backend, Precision.BFLOAT16);
      build(backend, Precision.BFLOAT16_WITH_REMAINDER);
      System.out.println("before: " + log.lines().size());
      build(backend, Precision.of(DataType.BFLOAT16));
      build(backend, Precision.of(DataType.BFLOAT16));
      build(backend, Precision.of(DataType.FLOAT16));
    }
    log.lines().forEach(line -> System.out.println("logged: " + line));
  }

  private static void build(OptimizerBackend backend, Precision precision) {
    Optimizer.builder(backend, RULE).parameter("a", 1).precision(precision).build().close();
  }

  @Test
  void itIsOneWarning() {
    ChildJvm.Outcome outcome = ChildJvm.of(PrecisionWarningTest.class).run().succeeded();
    assertEquals("0", outcome.line("before").strip());
    String line = outcome.line("logged");
    assertTrue(line.contains("WARNING parameters in BFLOAT16 are rounded to nearest"), line);
    assertTrue(line.contains("Precision.BFLOAT16 "), line);
  }
}
