import dev.rootmean.cli.ChartStyle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Trains in several precisions, and compares the losses; see loss-curves. */
class LossCurves {
  private static final String FLOAT32 = "float32";

  /**
   * The trainings of a precision at a decay.
   *
   * @param seeds for each seed, the loss of each epoch
   */
  record Curve(String precision, String decay, List<double[]> seeds) {
    /** The mean of the seeds, for each epoch that all have come to. */
    double[] means() {
      int epochs = seeds.stream().mapToInt(losses -> losses.length).min().orElse(0);
      double[] means = new double[epochs];
      for (int i = 0; i < epochs; i++) {
        int epoch = i;
        means[i] = seeds.stream().mapToDouble(losses -> losses[epoch]).average().orElseThrow();
      }
      return means;
    }

    double last() {
      double[] means = means();
      return means[means.length - 1];
    }

    /** How far the last losses of two seeds are apart at most, as a share of their mean. */
    double spread() {
      double[] last = seeds.stream().mapToDouble(losses -> losses[losses.length - 1]).toArray();
      return (Arrays.stream(last).max().orElseThrow() - Arrays.stream(last).min().orElseThrow())
          / last();
    }
  }

  /** What a training that did not succeed has said. */
  private static final class FailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    FailedException(String said) {
      super(said);
    }
  }

  private final String model;
  private final List<String> precisions = new ArrayList<>(List.of(FLOAT32));
  private final List<String> decays = words("DECAYS");
  private final List<String> seeds = words("SEEDS");
  private final Path folder;
  private int done;

  private LossCurves(String model, List<String> precisions, Path folder) {
    this.model = model;
    this.folder = folder;
    precisions.stream().filter(name -> !name.equals(FLOAT32)).forEach(this.precisions::add);
  }

  private static List<String> words(String variable) {
    String value = System.getenv(variable).strip();
    return value.isEmpty() ? List.of() : List.of(value.split("\\s+"));
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    ChartStyle.requireFonts(args[0]);
    Path folder = Files.createTempDirectory("loss-curves");
    boolean failed = false;
    try {
      List<String> precisions = List.of(args).subList(2, args.length);
      LossCurves all = new LossCurves(args[1], precisions, folder);
      List<Curve> curves = all.train();
      System.out.print(all.table(curves));
      Files.write(Path.of(args[0]), LossCurvesChart.png(all.model, all.decays, curves));
    } catch (FailedException e) {
      System.err.print(e.getMessage());
      failed = true;
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    if (failed) {
      System.exit(1);
    }
  }

  private List<Curve> train() throws IOException, InterruptedException {
    List<Curve> curves = new ArrayList<>();
    for (String decay : decays) {
      for (String precision : precisions) {
        List<double[]> losses = new ArrayList<>();
        for (String seed : seeds) {
          losses.add(train(decay, precision, seed));
        }
        curves.add(new Curve(precision, decay, losses));
      }
    }
    return curves;
  }

  /** The loss of each epoch. */
  private double[] train(String decay, String precision, String seed)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("../rootmean", "train", "--json"));
    command.addAll(List.of("--model", model, "--precision", precision));
    command.addAll(List.of("--decay", decay, "--seed", seed, "--out", folder.toString()));
    command.addAll(words("OPTIONS"));
    Path err = folder.resolve("err");
    int status =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(err.toFile())
            .start()
            .waitFor();
    if (status != 0) {
      throw new FailedException(Files.readString(err));
    }
    List<String> metrics = Files.readAllLines(folder.resolve("metrics.csv"));
    int column = List.of(metrics.get(0).split(",")).indexOf("trainLoss");
    double[] losses =
        metrics.stream()
            .skip(1)
            .mapToDouble(line -> Double.parseDouble(line.split(",")[column]))
            .toArray();
    System.err.printf(
        Locale.ROOT,
        "loss-curves: %d of %d: decay %s, %s, seed %s: loss %.4f%n",
        ++done,
        decays.size() * precisions.size() * seeds.size(),
        decay,
        precision,
        seed,
        losses[losses.length - 1]);
    return losses;
  }

  private String table(List<Curve> curves) {
    StringBuilder table = new StringBuilder("| " + model + " |");
    decays.forEach(decay -> table.append(" decay ").append(decay).append(" |"));
    table.append("\n|---|").append("---|".repeat(decays.size())).append('\n');
    for (String precision : precisions) {
      table.append("| `").append(precision).append("` |");
      for (String decay : decays) {
        Curve curve = find(curves, precision, decay);
        double ratio = curve.last() / find(curves, FLOAT32, decay).last();
        double percent = 100 * curve.spread();
        String cell = " %.4f (%.3f; seeds differ by %.1f %%) |";
        table.append(String.format(Locale.ROOT, cell, curve.last(), ratio, percent));
      }
      table.append('\n');
    }
    return table.toString();
  }

  private static Curve find(List<Curve> curves, String precision, String decay) {
    return curves.stream()
        .filter(curve -> curve.precision().equals(precision) && curve.decay().equals(decay))
        .findFirst()
        .orElseThrow();
  }
}
