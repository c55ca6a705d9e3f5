package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import java.util.Collections;
import org.junit.jupiter.api.Test;

/** A machine without NVIDIA's driver, which most are that this runs on. */
class NoDriverTest {
  @Test
  void itIsToldInOneLineEachTime() {
    assertTold(OnTheEmulator.withoutDriver());
  }

  @Test
  void itIsToldInTheUsersLanguage() {
    assertTold(OnTheEmulator.withoutDriver().inGerman());
  }

  private static void assertTold(ChildJvm child) {
    ChildJvm.Outcome outcome = child.run("", "", "0").succeeded();
    String reason = outcome.line("reason");
    assertTrue(reason.startsWith("no NVIDIA driver: libcuda.so.1: "), reason);
    assertEquals("install NVIDIA's driver, release 525 or later", outcome.line("remedy"));
    String refused = "cuda: open: " + reason + "; " + outcome.line("remedy");
    assertEquals(Collections.nCopies(3, refused), outcome.lines("refused"));
  }
}
