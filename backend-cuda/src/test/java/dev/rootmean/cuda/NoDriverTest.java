package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.TryDevices;
import java.util.Collections;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** A machine without NVIDIA's driver, which most are that this runs on. */
class NoDriverTest {
  @Test
  void itIsToldInOneLineEachTime() {
    ChildJvm.Outcome outcome =
        ChildJvm.of(TryDevices.class).argument(CudaErrors.BACKEND).run("", "", "0").succeeded();
    if (!outcome.lines("device").isEmpty()) {
      System.out.println("SKIPPED: what is told without a driver: this machine has one");
      Assumptions.abort("this machine has NVIDIA's driver");
    }
    String reason = outcome.line("reason");
    assertTrue(
        reason.startsWith("no NVIDIA driver: libcuda.so.1: cannot open shared object file"),
        reason);
    assertEquals("install NVIDIA's driver, release 525 or later", outcome.line("remedy"));
    String refused = "cuda: open: " + reason + "; " + outcome.line("remedy");
    assertEquals(Collections.nCopies(3, refused), outcome.lines("refused"));
  }
}
