package dev.rootmean.gpu;

import dev.rootmean.cli.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What {@code testing/gpu/run} starts: it starts one part after another. */
@Command(
    name = "run",
    sortOptions = false,
    customSynopsis = "run [OPTION...]%n",
    header = "Ask a GPU all that Rootmean wants to know of it.",
    description = {
      "Needs the GPU's driver (NVIDIA's: release 525 or later) and nothing else.",
      "Each part runs in a process of its own and has a time limit; after one that",
      "fails or is stuck the next one runs. What this machine has not the means for,",
      "such as Python, a profiler or enough memory, is SKIPPED. All parts took 7",
      "minutes on an H100, before the parts precision and rows, which take another.",
      "Beside some figures stands what had been predicted of an H100 before one ran",
      "this.",
      "",
      "CUDA_VISIBLE_DEVICES chooses among NVIDIA's GPUs. The driver caches its",
      "machine code in the folder \"cache\" beside this program.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  run",
      "  run --list",
      "  run --parts system,contract,sweep --elements 100000000",
      "  run --parts conformance --cases mine.json",
      ""
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:all parts passed or were skipped",
      "1:a part failed, or there is no GPU",
      "2:bad input, or nothing to run"
    })
public final class GpuRun implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private Asked asked;

  private GpuRun() {}

  /**
   * Runs all parts and ends the JVM with what came of them.
   *
   * @param arguments what the user wrote
   */
  public static void main(String[] arguments) {
    Program.main(new GpuRun(), arguments);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    asked.requireUsable();
    if (asked.list) {
      for (Part part : Part.possible()) {
        spec.commandLine()
            .getOut()
            .printf(Locale.ROOT, "%-12s %4d s  %s%n", part, asked.limit(part), part.about());
      }
      return ExitCode.OK;
    }
    try (Report report = new Report(asked, spec.commandLine().getOut())) {
      for (Part part : asked.parts()) {
        run(part, report);
      }
      return report.end() ? ExitCode.OK : ExitCode.SOFTWARE;
    }
  }

  private void run(Part part, Report report) throws IOException, InterruptedException {
    Path findings = Files.createTempFile("findings", ".json");
    List<String> arguments = new ArrayList<>(spec.commandLine().getParseResult().originalArgs());
    arguments.addAll(List.of("--part", part.name(), "--findings", findings.toString()));
    report.begin(part);
    try {
      Child.Ended ended =
          Child.java(
                  List.of("-Drootmean.gpu.home=" + System.getProperty("rootmean.gpu.home")),
                  PartRun.class,
                  arguments)
              .limit(asked.limit(part))
              .run(report::line);
      report.end(part, ended, findings);
    } finally {
      Files.deleteIfExists(findings);
    }
  }
}
