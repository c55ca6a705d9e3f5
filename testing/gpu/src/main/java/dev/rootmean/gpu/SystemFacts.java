package dev.rootmean.gpu;

import dev.rootmean.kernels.ShippedPtx;
import dev.rootmean.spi.Kernels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the machine is, as far as it bears on what is measured on it. */
final class SystemFacts {
  /** Each alone, as nvidia-smi refuses all for one that it does not know. */
  private static final List<String> ASKED =
      List.of(
          "name",
          "driver_version",
          "memory.total",
          "memory.used",
          "clocks.sm",
          "clocks.max.sm",
          "clocks.mem",
          "clocks.max.mem",
          "ecc.mode.current",
          "mig.mode.current",
          "compute_mode",
          "persistence_mode",
          "power.limit",
          "pcie.link.gen.max",
          "pcie.link.width.max");

  private SystemFacts() {}

  static void find(Asked asked, Findings findings) throws IOException, InterruptedException {
    findings.fact("Java", System.getProperty("java.vm.version"));
    findings.fact("C library", first(List.of("getconf", "GNU_LIBC_VERSION")));
    findings.fact("system", System.getProperty("os.version"));
    findings.fact("processors", Runtime.getRuntime().availableProcessors());
    findings.fact("processor", lineOf("/proc/cpuinfo", "model name"));
    findings.fact("memory", lineOf("/proc/meminfo", "MemTotal"));
    findings.fact("kernel module", lineOf("/proc/driver/nvidia/version", "NVRM"));
    ptx(findings);
    Optional<String> smi = Child.find("nvidia-smi", "/usr/local/nvidia/bin", "/usr/lib/wsl/lib");
    if (smi.isEmpty()) {
      findings.skip("nvidia-smi", "not on the PATH");
      return;
    }
    for (String field : ASKED) {
      findings.fact(
          field, first(List.of(smi.get(), "--query-gpu=" + field, "--format=csv,noheader")));
    }
    List<String> others =
        Child.of(
                List.of(
                    smi.get(),
                    "--query-compute-apps=pid,process_name,used_memory",
                    "--format=csv,noheader"))
            .limit(10)
            .run()
            .lines();
    findings.fact("other processes", others.isEmpty() ? "none" : String.join("; ", others));
  }

  private static String first(List<String> command) throws InterruptedException {
    try {
      List<String> lines = Child.of(command).limit(10).run().lines();
      return lines.isEmpty() ? "unknown" : String.join("; ", lines);
    } catch (IOException e) {
      return "unknown: " + e.getMessage();
    }
  }

  private static String lineOf(String file, String start) {
    try {
      return Files.readAllLines(Path.of(file)).stream()
          .filter(line -> line.startsWith(start))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).trim())
          .orElse("unknown");
    } catch (IOException e) {
      return "no " + file;
    }
  }

  private static void ptx(Findings findings) {
    String ptx = Kernels.families().stream().map(ShippedPtx::text).collect(Collectors.joining());
    findings.fact("PTX kernels", ptx.lines().filter(line -> line.contains(".entry")).count());
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] hash = digest.digest(ptx.getBytes(StandardCharsets.US_ASCII));
      findings.fact("PTX SHA-256", HexFormat.of().formatHex(hash));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JVM has SHA-256", e);
    }
  }
}
