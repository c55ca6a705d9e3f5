package dev.rootmean.gpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Programs that lie beside this one in the archive: what they print is what they found. */
final class Beside {
  private Beside() {}

  static void shapes(Asked asked, Findings findings)
      throws IOException, InterruptedException, Part.SkippedException {
    Path harness = home().resolve("harness");
    if (!Files.isExecutable(harness)) {
      throw new Part.SkippedException("no harness: the archive was made without nvcc");
    }
    run(asked, List.of(harness.toString()), findings);
  }

  static void pyTorch(Asked asked, Findings findings)
      throws IOException, InterruptedException, Part.SkippedException {
    String python =
        Child.find("python3")
            .orElseThrow(() -> new Part.SkippedException("no python3 on the PATH"));
    String script = home().resolve("torch-tensors.py").toString();
    run(asked, List.of(python, script, home().toString()), findings);
  }

  /** The folder of the archive. */
  private static Path home() {
    return Path.of(System.getProperty("rootmean.gpu.home"));
  }

  /** Status 3 says that it cannot run here, and its last line says why. */
  private static void run(Asked asked, List<String> command, Findings findings)
      throws IOException, InterruptedException, Part.SkippedException {
    if (asked.isEmulated()) {
      throw new Part.SkippedException("wants more of a driver than is emulated");
    }
    Child.Ended ended = Child.of(command).run(System.out::println);
    if (ended.status() == PartRun.SKIPPED) {
      throw new Part.SkippedException(ended.last());
    }
    ended.lines().stream().filter(line -> !line.isBlank()).forEach(findings::line);
    findings.check("its status", ended.status() == 0, ended.status());
  }
}
