package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class BackendReportTest {
  @Test
  void isATable() {
    BackendReport report =
        new BackendReport(
            List.of(
                entry("cuda", "", false, false, false, 0, "no driver", "install it"),
                entry("opencl:0", "a CPU", true, false, false, 3L << 29, "only by name", ""),
                entry("cpu", "a longer name", true, true, true, 1L << 40, "", "")));
    assertEquals(
        """
          backend   available  device            memory  exact  notes
          cuda      no         -                      -  -      no driver; install it
          opencl:0  yes        a CPU            1.5 GiB  no     only by name
        * cpu       yes        a longer name  1024.0 GiB  yes
        * is what automatic selection takes"""
            .replace("\n", System.lineSeparator()),
        report.toString());
  }

  private static BackendReport.Entry entry(
      String selector,
      String device,
      boolean available,
      boolean exact,
      boolean automatic,
      long totalMemoryBytes,
      String reason,
      String remedy) {
    return new BackendReport.Entry(
        selector, device, available, exact, automatic, totalMemoryBytes, reason, remedy);
  }
}
