package dev.rootmean.gpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** NVIDIA's own tools, where the machine has them. */
final class Profilers {
  private static final String FOLDER = "/usr/local/cuda/bin";
  private static final long ELEMENTS = 10_000_000;
  private static final Pattern LAUNCH = Pattern.compile("rmsprop_\\w+ \\((\\d+), 1, 1\\)");

  private Profilers() {}

  /** Steps of all kinds beside another stream, in memory of somebody else, at odd addresses. */
  static void sanitizer(Asked asked, Findings findings)
      throws IOException, InterruptedException, Part.SkippedException {
    String tool = find("compute-sanitizer");
    Path unused = Files.createTempFile("findings", ".json");
    try {
      List<String> command =
          new ArrayList<>(List.of(tool, "--tool", "memcheck", "--report-api-errors", "no"));
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
    String elements = Long.toString(asked.elements(ELEMENTS));
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
    // Of the known answers', and of the step's: the one of the most groups.
    long most = 0;
    List<String> kernel = new ArrayList<>();
    boolean isLargest = false;
    for (String line : ended.lines()) {
      Matcher launch = LAUNCH.matcher(line);
      if (launch.find()) {
        long groups = Long.parseLong(launch.group(1));
        isLargest = groups > most;
        if (isLargest) {
          most = groups;
          kernel.clear();
        }
      }
      if (isLargest) {
        kernel.add(line);
      }
    }
    kernel.forEach(System.out::println);
    kernel.forEach(findings::line);
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
