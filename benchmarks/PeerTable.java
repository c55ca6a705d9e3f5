import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** Prints peers.csv as tables, a row a peer, and draws the first of them. */
final class PeerTable {
  private final List<PeerFigure> figures;

  private PeerTable(Stream<PeerFigure> figures) {
    this.figures = figures.toList();
  }

  public static void main(String[] args) throws IOException {
    PeerTable all;
    try (Stream<String> lines = Files.lines(Path.of(args[0]))) {
      all = new PeerTable(lines.skip(1).map(PeerFigure::parse));
    }
    List<PeerTable> tables =
        all.distinct(PeerFigure::situation).stream()
            .map(
                name -> new PeerTable(all.figures.stream().filter(f -> f.situation().equals(name))))
            .toList();
    tables.forEach(PeerTable::print);
    if (!tables.isEmpty()) {
      Files.write(Path.of(args[1]), PeerChart.png(tables.get(0)));
    }
  }

  private void print() {
    System.out.printf("%-43s %8s", title(), "differs");
    sizes().forEach(size -> System.out.printf(" %9s", size));
    System.out.println();
    printRow("  C loop, ns an element", PeerFigure.C, f -> f.time().nanos());
    names().forEach(name -> printRow("  " + name, name, f -> f.time().ratio()));
    System.out.println();
  }

  private void printRow(String label, String name, ToDoubleFunction<PeerFigure> figure) {
    double difference = median(name, sizes().get(0), PeerFigure::difference);
    System.out.printf("%-43s %8s", label, Double.isNaN(difference) ? "" : text("%.0e", difference));
    for (String size : sizes()) {
      double value = median(name, size, figure);
      System.out.printf(" %9s", Double.isNaN(value) ? "-" : text("%.2f", value));
    }
    System.out.println();
  }

  private static String text(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  String title() {
    return figures.get(0).situation();
  }

  List<String> sizes() {
    return distinct(PeerFigure::size);
  }

  /** All but the C loop. */
  List<String> names() {
    return distinct(PeerFigure::name).stream().filter(name -> !name.equals(PeerFigure.C)).toList();
  }

  /** A peer's time over the C loop's, or NaN. */
  double ratio(String name, String size) {
    return median(name, size, f -> f.time().ratio());
  }

  /** Of what was measured in several processes, the median. */
  private double median(String name, String size, ToDoubleFunction<PeerFigure> figure) {
    double[] sorted =
        figures.stream()
            .filter(f -> f.name().equals(name) && f.size().equals(size))
            .mapToDouble(figure)
            .sorted()
            .toArray();
    return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
  }

  private List<String> distinct(Function<PeerFigure, String> of) {
    return figures.stream().map(of).distinct().toList();
  }
}
