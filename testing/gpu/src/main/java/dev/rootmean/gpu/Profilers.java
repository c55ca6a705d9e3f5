package dev.rootmean.gpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** NVIDIA's own tools, where the machine has them. */
final class Profilers {
  private static final String FOLDER = "/usr/local/cuda/bin";
  private static final String ELEMENTS = "10000000";

  private Profilers() {}

  /** Steps of all kinds beside another stream, in memory of somebody else, at odd addresses. */
  static void sanitizer(Asked asked, Findings findings)
      throws IOException, InterruptedException, Part.SkippedException {
    String tool = find("compute-sanitizer");
    Path unused = Files.createTempFile("findings", ".json");
    try {
      List<String> command = new ArrayList<>(List.of(tool, "--tool", "memcheck"));
      command.addAll(
          Child.javaCommand(
              List.of("-Xint"), // it takes the signals that compiled code uses for its own
              PartRun.class,
              List.of(
                  "--part",
                  Part.STREAMS.name(),
                  "--elements=1000",
                  "--findings",
                  unused.toString())));
      Child.Ended ended = Child.of(command).run(System.out::println);
      String summary = lineWith("ERROR SUMMARY", ended);
      if (summary == null) {
        throw new Part.SkippedException("compute-sanitizer cannot look: " + ended.last());
      }
      boolean clean = summary.contains(": 0 errors") && ended.status() == 0;
      findings.check("memcheck", clean, summary);
    } finally {
      Files.delete(unused);
    }
  }

  /** Bytes that steps move, as the memory counts them. */
  static void counters(Asked asked, Findings findings)
      throws IOException, InterruptedException, Part.SkippedException {
    String elements = Long.toString(asked.elements(Long.parseLong(ELEMENTS)));
    List<String> command =
        new ArrayList<>(
            List.of(
                find("ncu"),
                "--metrics",
                "dram__bytes_read.sum,dram__bytes_write.sum,"
                    + "lts__t_sectors_op_read.sum,lts__t_sectors_op_write.sum,gpu__time_duration.sum",
                "--kernel-name",
                "regex:rmsprop_"));
    command.addAll(Child.javaCommand(List.of(), StartUp.class, List.of("cuda", elements)));
    Child.Ended ended = Child.of(command).run();
    String forbidden = lineWith("ERR_NVGPUCTRPERM", ended);
    if (forbidden != null || ended.status() != 0) {
      throw new Part.SkippedException(
          "ncu cannot count: " + (forbidden == null ? ended.last() : forbidden));
    }
    // The last kernel is the step of so many elements; those before are the known answers.
    int last = ended.lines().size() - 1;
    while (last > 0 && !ended.lines().get(last).contains("rmsprop_")) {
      last--;
    }
    for (String line : ended.lines().subList(last, ended.lines().size())) {
      System.out.println(line);
      findings.line(line.trim());
    }
  }

  private static String find(String tool) throws Part.SkippedException {
    Optional<String> found = Child.find(tool, FOLDER);
    return found.orElseThrow(
        () -> new Part.SkippedException(tool + " is neither on the PATH nor in " + FOLDER));
  }

  private static String lineWith(String text, Child.Ended ended) {
    return ended.lines().stream().filter(line -> line.contains(text)).findFirst().orElse(null);
  }
}
