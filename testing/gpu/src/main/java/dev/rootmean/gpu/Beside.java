package dev.rootmean.gpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Programs that lie beside this one in the archive: what they print is what they found. */
final class Beside {
  private Beside() {}

  static void harness(Asked asked, Findings findings)
      throws IOException, InterruptedException, Part.SkippedException {
    Path program = home().resolve("harness");
    if (!Files.isExecutable(program)) {
      throw new Part.SkippedException(program + " is not there");
    }
    run(List.of(program.toString()), findings);
  }

  static void rivals(Asked asked, Findings findings)
      throws IOException, InterruptedException, Part.SkippedException {
    List<Path> scripts =
        List.of(home().resolve("rivals.py"), home().resolve("torch-tensors.py")).stream()
            .filter(Files::exists)
            .toList();
    Optional<String> python = Child.find("python3");
    if (scripts.isEmpty() || python.isEmpty()) {
      throw new Part.SkippedException(
          scripts.isEmpty() ? "no script is there" : "no python3 on the PATH");
    }
    for (Path script : scripts) {
      run(List.of(python.get(), script.toString()), findings);
    }
  }

  /** The folder of the archive. */
  private static Path home() {
    return Path.of(System.getProperty("rootmean.gpu.home", "."));
  }

  /** Status 3 says that it cannot run here, and its last line says why. */
  private static void run(List<String> command, Findings findings)
      throws IOException, InterruptedException {
    String name = Path.of(command.get(command.size() - 1)).getFileName().toString();
    Child.Ended ended = Child.of(command).run(System.out::println);
    if (ended.status() == PartRun.SKIPPED) {
      findings.skip(name, ended.last());
      return;
    }
    ended.lines().forEach(line -> findings.keepLine(name, line));
    findings.check(name, ended.status() == 0, "status " + ended.status());
  }
}
