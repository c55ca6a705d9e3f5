package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Running out of the device's memory is told, and leaves all else usable. */
class MemoryLimitsTest {
  @BeforeEach
  void pocl() {
    Pocl.demand();
  }

  @ParameterizedTest
  @EnumSource
  void bothLimitsAreInTheMessages(JoclMode mode) {
    ChildJvm.Outcome outcome =
        Pocl.alone(mode.child(FillMemory.class))
            .environment("POCL_MEMORY_LIMIT", 1)
            .run()
            .succeeded();
    long largest = Long.parseLong(outcome.line("largest"));
    long memory = Long.parseLong(outcome.line("memory"));
    assertEquals(1L << 30, memory, "PoCL was told to have 1 GiB");
    assertEquals(memory / largest, Long.parseLong(outcome.line("buffers")));
    assertNames(largest, outcome.line("too long"));
    assertTrue(outcome.line("too long").contains("split them into several buffers"));
    assertNames(memory, outcome.line("too many"));
    outcome.line("end");
  }

  private static void assertNames(long limit, String message) {
    assertTrue(message.startsWith("opencl: allocate: "), message);
    assertTrue(message.contains(String.format(Locale.ROOT, " %,d bytes", limit)), message);
  }
}
