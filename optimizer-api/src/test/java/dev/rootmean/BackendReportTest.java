package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BackendReportTest {
  private static BackendReport report(Map<String, Map<String, String>> details) {
    return new BackendReport(
        List.of(
            entry("cuda", "", false, false, false, 0, "no driver", "install it"),
            entry("opencl:0", "a CPU", true, false, false, 3L << 29, "only by name", ""),
            entry("cpu", "a longer name", true, true, true, 1L << 40, "", "")),
        details);
  }

  @Test
  void isATable() {
    assertEquals(
        """
          backend   available      memory  exact  device
          cuda      no                  -  -      -
            no driver; install it
          opencl:0  yes           1.5 GiB  no     a CPU
            only by name
        * cpu       yes        1024.0 GiB  yes    a longer name
        * is what automatic selection takes"""
            .replace("\n", System.lineSeparator()),
        report(Map.of()).toString());
  }

  @Test
  void theTextHasTheDetailsToo() {
    String words = "word ".repeat(20).strip();
    String path = "/path".repeat(20);
    Map<String, String> section = new LinkedHashMap<>();
    section.put("one", "1");
    section.put("longer", words + " " + path);
    assertEquals(
        report(Map.of())
            + """


            title
              one     1
              longer  word word word word word word word word word word word word word word
                      word word word word word word
                      PATH"""
                .replace("PATH", path)
                .replace("\n", System.lineSeparator()),
        report(Map.of("title", section)).text());
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
