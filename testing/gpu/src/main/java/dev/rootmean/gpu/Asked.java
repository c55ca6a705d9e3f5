package dev.rootmean.gpu;

import dev.rootmean.cli.BadInputException;
import dev.rootmean.cli.OptionValues;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** What the user asks for. Each part is given the same words, in a process of its own. */
final class Asked {
  @Option(
      names = "--parts",
      paramLabel = "NAME",
      split = OptionValues.COMMA,
      splitSynopsisLabel = ",",
      description = "Run these alone, in the order of --list (default: all).")
  private List<String> parts;

  @Option(names = "--list", description = "List the parts with their time limits, and run none.")
  boolean list;

  @Option(
      names = "--elements",
      paramLabel = "N",
      defaultValue = "2000000000",
      description =
          "The largest buffer to measure with; fewer where memory is too small"
              + " (default: ${DEFAULT-VALUE}).")
  private long elements;

  @Option(
      names = "--seconds",
      paramLabel = "X",
      defaultValue = "0.2",
      description = "Time to measure a point in, warm-up not included (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Option(
      names = "--cases",
      paramLabel = "FILE",
      description = "Conformance cases to run besides those that Rootmean brings along.")
  private Path cases;

  @Option(
      names = "--opencl",
      paramLabel = "DEVICE",
      description =
          "Which OpenCL device: a part of its name or its platform's (default: NVIDIA beside"
              + " CUDA, or else the best GPU).")
  private String openCl;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      defaultValue = "rootmean-gpu.txt",
      description = "Gets all that is printed as well (default: ${DEFAULT-VALUE}).")
  Path report;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      defaultValue = "rootmean-gpu.json",
      description =
          "Gets what each part found; replaced as a whole after each part"
              + " (default: ${DEFAULT-VALUE}).")
  Path json;

  @Option(
      names = "--limit",
      paramLabel = "SECONDS",
      description = "Give each part so long, and not what --list says.")
  private Integer limit;

  @Option(
      names = "--emulator",
      paramLabel = "LIBRARY",
      description =
          "A libcuda.so.1 to run on instead of the driver: testing/cuda-emulator's. Measured times"
              + " mean nothing then.")
  Path emulator;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  /** Refuses what cannot be before anything is done. */
  void requireUsable() {
    parts();
    if (elements < 1) {
      throw new BadInputException("--elements " + elements + ": expected at least 1");
    }
    if (!(seconds > 0 && seconds < Double.POSITIVE_INFINITY)) {
      throw new BadInputException("--seconds " + seconds + ": expected a finite number above 0");
    }
    if (limit != null && limit < 1) {
      throw new BadInputException("--limit " + limit + ": expected at least 1");
    }
    if (cases != null && !Files.isReadable(cases)) {
      throw new BadInputException("--cases " + cases + ": cannot be read");
    }
    if (emulator != null && !(Files.isRegularFile(emulator) && emulator.endsWith("libcuda.so.1"))) {
      throw new BadInputException(
          "--emulator " + emulator + ": expected the path of a libcuda.so.1");
    }
  }

  /** In their order. */
  List<Part> parts() {
    if (parts == null) {
      return Part.possible();
    }
    EnumSet<Part> chosen = EnumSet.noneOf(Part.class);
    for (String name : parts) {
      chosen.add(
          Part.possible().stream()
              .filter(part -> part.toString().equals(name))
              .findAny()
              .orElseThrow(
                  () ->
                      new BadInputException(
                          "--parts " + name + ": expected some of " + allNames())));
    }
    return List.copyOf(chosen);
  }

  private static String allNames() {
    return Part.possible().stream().map(Part::toString).collect(Collectors.joining(","));
  }

  int limit(Part part) {
    return limit == null ? part.seconds() : limit;
  }

  /** Elements to measure with, and not more than these. */
  long elements(long most) {
    return Math.min(elements, most);
  }

  double seconds() {
    return seconds;
  }

  boolean isEmulated() {
    return emulator != null;
  }

  Path cases() {
    return cases;
  }

  /** As the backend opencl takes it. */
  String openClDevice() {
    return openCl != null ? openCl : Part.hasCuda() ? "NVIDIA" : "gpu";
  }

  /** What to run on; what comes first must be there. */
  List<String> backends() {
    String other = "opencl:" + openClDevice();
    return Part.hasCuda() ? Arrays.asList("cuda", other) : List.of(other);
  }
}
