package dev.rootmean.cli.bench;

import dev.rootmean.BackendException;
import dev.rootmean.BackendReport;
import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.cli.BadInputException;
import dev.rootmean.cli.ChartStyle;
import dev.rootmean.cli.OptionValues;
import dev.rootmean.cli.OutputDirectory;
import dev.rootmean.cli.PrecisionOption;
import dev.rootmean.cli.ProgressLine;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code rootmean bench}. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = "rootmean bench [OPTION...]%n",
    header = "Measure how fast a step is, beside the device's own copying.",
    description = {
      "A step is bound by memory: what it has to move sets its limit, at least 20",
      "bytes an element (plain), 28 (momentum, centered) or 36 (both), twice that in",
      "double precision, and less by --precision. This over its time is shown beside",
      "what the device reads and writes when it copies one buffer into another of the",
      "same size.",
      "",
      "Each point is warmed up until it gets no faster; then steps, copies and",
      "transfers are timed by turns, and the median counts. What does not fit into a",
      "backend's memory is left out, unless --elements asks for it; the memory of the",
      "CPU is Java's heap (JAVA_TOOL_OPTIONS=-Xmx8g).",
      ""
    },
    footer = {
      "",
      PrecisionOption.HELP,
      "",
      "Examples:",
      "  rootmean bench",
      "  rootmean bench --backend cuda,cpu --variant plain --out speed",
      "  rootmean bench --model resnet50",
      "  rootmean bench --elements 1e7 --norm-clip 1",
      "  rootmean bench --elements 1e7 --precision bfloat16",
      "",
      "--json prints results with backend, device, precision, variant, elements, tensors,",
      "nanosPerElement, bytesPerElement, gigabytesPerSecond and copyShare (1 is the speed",
      "of copying)."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:measured",
      "1:a failure that is not the input's, such as a lost device or a full disk",
      "2:bad input: options, --out, or a backend that cannot open"
    })
public final class BenchCommand implements Callable<Integer> {
  private static final String FIGURES = "bench.csv";
  private static final String CHART = "bench.png";
  private static final String THREADS_PROPERTY = "rootmean.cpu.threads";
  private static final int MOST_THREADS = 1024; // as the backend has it

  /** What parameters can be stored in. */
  private static final DataType[] COMPUTED =
      Stream.of(DataType.values()).filter(type -> type == type.compute()).toArray(DataType[]::new);

  @Spec private CommandSpec spec;

  @Option(
      names = "--backend",
      paramLabel = "NAME[:DEVICE]",
      split = OptionValues.COMMA,
      splitSynopsisLabel = ",",
      description = "What to run on, as rootmean devices shows it (default: all there is).")
  private List<String> backends;

  @Option(
      names = "--elements",
      paramLabel = "N",
      split = OptionValues.COMMA,
      splitSynopsisLabel = ",",
      description = "Sizes to step, such as 5000 or 1e6 (default: 1e3 to 1e8 by decades).")
  private List<String> elements;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = {
        "Step a model's tensors, named, by an Optimizer, beside one flat buffer of their size:",
        "resnet50 (161 tensors, 25,557,032 elements) or gpt2 (148 tensors, 124,439,808)."
      })
  private String model;

  @Option(
      names = "--variant",
      paramLabel = "NAME",
      split = OptionValues.COMMA,
      splitSynopsisLabel = ",",
      description = "plain, momentum, centered, momentum-centered (default: all).")
  private List<String> variants;

  @Option(
      names = "--data-type",
      paramLabel = "TYPE",
      description = "All in float32 or float64, instead of --precision (default: float32).")
  private String dataType;

  @Mixin private PrecisionOption precision;

  @Option(
      names = "--norm-clip",
      paramLabel = "X",
      description = "Clip by the norm of all gradients and check these for overflow as well.")
  private Double normClip;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Threads of the backend cpu, at most " + MOST_THREADS + " (default: all processors).")
  private Integer threads;

  @Option(
      names = "--seconds",
      paramLabel = "X",
      defaultValue = "1",
      description = "Time to measure a point in, warm-up not included (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write bench.csv and bench.png there; made if it is missing.")
  private Path out;

  @Option(names = "--json", description = "Print one JSON object, and nothing else, on stdout.")
  private boolean json;

  /** Makes a command that picocli is to fill. */
  public BenchCommand() {}

  @Override
  public Integer call() throws IOException {
    List<BenchPoint> points = points();
    if (!isFiniteAboveZero(seconds)) {
      throw new BadInputException("--seconds " + seconds + ": expected a finite number above 0");
    }
    if (out != null) {
      ChartStyle.requireFonts(CHART);
    }
    List<OptimizerBackend> opened = new ArrayList<>();
    try {
      open(opened);
      BenchRun run = new BenchRun(points, seconds, elements == null);
      run.requireRoom(opened);
      OutputDirectory directory = out == null ? null : new OutputDirectory(out, FIGURES, CHART);
      BenchReport report = run(run, opened, points);
      report.notes().forEach(spec.commandLine().getErr()::println);
      spec.commandLine().getOut().println(json ? report.toJson() : report);
      if (directory != null) { // last: a full disk must not cost the result
        directory.write(FIGURES, report.toCsv().getBytes(StandardCharsets.UTF_8));
        directory.write(CHART, BenchChart.png(report.results()));
      }
    } finally {
      opened.forEach(OptimizerBackend::close);
    }
    return ExitCode.OK;
  }

  private static boolean isFiniteAboveZero(double number) {
    return number > 0 && number < Double.POSITIVE_INFINITY;
  }

  private List<BenchPoint> points() {
    if (model != null && elements != null) {
      throw new BadInputException("--model and --elements: expected one of them");
    }
    if (precision.isGiven() && dataType != null) {
      throw new BadInputException("--precision and --data-type: expected one of them");
    }
    String keptIn = dataType == null ? precision.get().toString() : dataType;
    Precision kept =
        dataType == null
            ? precision.get().precision()
            : Precision.of(oneOf("--data-type", dataType, COMPUTED));
    DataType computed = kept.gradients().compute();
    if (normClip != null && !isFiniteAboveZero(computed.round(normClip))) {
      throw new BadInputException(
          String.format(
              Locale.ROOT,
              "--norm-clip %s: expected a finite number above 0 in %s",
              normClip,
              computed.name().toLowerCase(Locale.ROOT)));
    }
    OptionalDouble clip = normClip == null ? OptionalDouble.empty() : OptionalDouble.of(normClip);
    List<StepVariant> kinds =
        variants == null
            ? List.of(StepVariant.ALL)
            : variants.stream()
                .map(name -> oneOf("--variant", name, StepVariant.ALL))
                .distinct()
                .toList();
    List<BenchPoint> points = new ArrayList<>();
    for (TensorLayout layout : layouts()) {
      kinds.forEach(variant -> points.add(new BenchPoint(layout, variant, keptIn, kept, clip)));
    }
    return points;
  }

  private List<TensorLayout> layouts() {
    if (model != null) {
      return List.of(TensorLayout.ofModel(model));
    }
    Stream<Long> sizes =
        elements == null
            ? Stream.iterate(1_000L, n -> n <= 100_000_000, n -> 10 * n)
            : elements.stream().map(BenchCommand::size);
    return sizes.distinct().map(TensorLayout::single).toList();
  }

  private static long size(String given) {
    try {
      long size = new BigDecimal(given).longValueExact();
      if (size >= 1) {
        return size;
      }
    } catch (ArithmeticException | NumberFormatException e) {
      // said below, as for a number out of range
    }
    throw new BadInputException(
        "--elements " + given + ": expected a whole number, at least 1, such as 5000 or 1e6");
  }

  private static <E> E oneOf(String option, String given, E[] values) {
    List<String> names =
        Stream.of(values).map(value -> value.toString().toLowerCase(Locale.ROOT)).toList();
    int found = names.indexOf(given);
    if (found < 0) {
      throw new BadInputException(
          option + " " + given + ": expected " + String.join(" or ", names));
    }
    return values[found];
  }

  private void open(List<OptimizerBackend> opened) {
    if (threads != null) {
      if (threads < 1 || threads > MOST_THREADS) {
        throw new BadInputException(
            "--threads " + threads + ": expected a whole number from 1 to " + MOST_THREADS);
      }
      System.setProperty(THREADS_PROPERTY, threads.toString());
    }
    List<String> names =
        backends != null
            ? backends
            : Backends.report().entries().stream()
                .filter(BackendReport.Entry::available)
                .map(BackendReport.Entry::selector)
                .toList();
    try {
      names.stream().distinct().forEach(name -> opened.add(Backends.open(name)));
    } catch (BackendException | IllegalArgumentException e) {
      throw new BadInputException(e.getMessage());
    }
  }

  private BenchReport run(BenchRun run, List<OptimizerBackend> opened, List<BenchPoint> points) {
    try (ProgressLine line = ProgressLine.onStandardError()) {
      return run.on(opened, new BenchProgress(line, (long) opened.size() * points.size()));
    }
  }
}
