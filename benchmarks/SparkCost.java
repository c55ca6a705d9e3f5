import dev.rootmean.cli.ChartStyle;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * What a step on Spark should take: the floor of its scheduling, the time of the bytes that the
 * busiest machine sends or receives, and that of the update.
 */
final class SparkCost {
  private static final double PARAMETERS = 1e8;
  private static final double BYTES = 4 * PARAMETERS;

  /** Of tiny work, by one executor: the better of the two that were measured. */
  private static final double FLOOR = 0.25;

  /** A plain step of an element on a CPU's two threads: docs/precision.md, its float32. */
  private static final double UPDATE = PARAMETERS * 0.3e-9;

  private static final int[] EXECUTORS = {2, 4, 8, 16, 32, 64, 128};
  private static final int[] GIGABITS = {10, 100};

  /** Measured: docs/spark.md, 4,810 parameters, two runs each by one executor and by two. */
  private static final int[] MEASURED_EXECUTORS = {1, 1, 2, 2};

  private static final double[] MEASURED_SECONDS = {0.26, 0.30, 0.36, 0.38};

  /** How parameters and gradients go around. */
  private enum Way {
    DRIVER("through the driver", new Color(0xD1495B)) {
      @Override
      double seconds(int executors, double bytesPerSecond) {
        return (executors + 1) * BYTES / bytesPerSecond + UPDATE;
      }
    },
    RING("in a ring, not sharded", new Color(0xEDAE49)) {
      @Override
      double seconds(int executors, double bytesPerSecond) {
        return sent(executors) / bytesPerSecond + UPDATE;
      }
    },
    SHARDED("sharded", new Color(0x00798C)) {
      @Override
      double seconds(int executors, double bytesPerSecond) {
        return sent(executors) / bytesPerSecond + UPDATE / executors;
      }
    };

    final String title;
    final Color color;

    Way(String title, Color color) {
      this.title = title;
      this.color = color;
    }

    /** Without the floor. */
    abstract double seconds(int executors, double bytesPerSecond);
  }

  private SparkCost() {}

  public static void main(String[] arguments) throws IOException {
    print();
    if (!arguments[0].isEmpty()) {
      Files.write(Path.of(arguments[0]), ChartStyle.png(chart()));
    }
  }

  /** Of an executor: a reduce-scatter and an all-gather, whichever way. */
  private static double sent(int executors) {
    return 2 * BYTES * (executors - 1) / executors;
  }

  private static double seconds(Way way, int executors, int gigabits) {
    return FLOOR + way.seconds(executors, gigabits * 1e9 / 8);
  }

  private static void print() {
    StringBuilder heading = new StringBuilder("| W | sent by an executor, MB |");
    StringBuilder line = new StringBuilder("|---|---|");
    for (int i = Way.values().length - 1; i >= 0; i--) {
      for (int gigabits : GIGABITS) {
        heading.append(' ').append(Way.values()[i].title).append(", ").append(gigabits);
        heading.append(" Gb/s |");
        line.append("---|");
      }
    }
    System.out.println(heading + "\n" + line);
    for (int executors : EXECUTORS) {
      StringBuilder row =
          new StringBuilder(
              String.format(Locale.ROOT, "| %d | %.0f |", executors, sent(executors) / 1e6));
      for (int i = Way.values().length - 1; i >= 0; i--) {
        for (int gigabits : GIGABITS) {
          double seconds = seconds(Way.values()[i], executors, gigabits);
          row.append(String.format(Locale.ROOT, seconds < 10 ? " %.2f |" : " %.1f |", seconds));
        }
      }
      System.out.println(row);
    }
  }

  private static XYChart chart() {
    XYChart chart =
        new XYChartBuilder()
            .width(ChartStyle.WIDTH)
            .height(ChartStyle.HEIGHT)
            .title("A step on Spark, 10⁸ parameters: lines modelled, dots measured")
            .xAxisTitle("Executors")
            .yAxisTitle("Seconds")
            .build();
    ChartStyle.apply(chart.getStyler());
    chart.getStyler().setYAxisLogarithmic(true).setYAxisMin(0.1).setYAxisMax(100.0);
    chart.getStyler().setYAxisDecimalPattern("0.#");
    chart.getStyler().setXAxisMin(0.0).setXAxisMax(7.0).setXAxisMaxLabelCount(8);
    chart.setCustomXAxisTickLabelsFormatter(
        power -> power == Math.rint(power) ? Integer.toString(1 << power.intValue()) : "");
    chart.getStyler().setMarkerSize(18);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    chart.getStyler().setLegendLayout(LegendLayout.Vertical);
    for (Way way : Way.values()) {
      for (int gigabits : GIGABITS) {
        double[] y = IntStream.of(EXECUTORS).mapToDouble(w -> seconds(way, w, gigabits)).toArray();
        String title = way.title + ", " + gigabits + " Gb/s";
        XYSeries series = chart.addSeries(title, powers(EXECUTORS), y);
        series.setMarker(SeriesMarkers.NONE);
        series.setLineColor(way.color);
        // The ring lies just above the shards, so it is the wider one.
        float width = way == Way.RING ? 12 : 5;
        float[] dashes = gigabits == GIGABITS[0] ? null : new float[] {20, 14};
        series.setLineStyle(
            new BasicStroke(width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, dashes, 0));
      }
    }
    XYSeries dots =
        chart.addSeries(
            "measured, 4,810 parameters", powers(MEASURED_EXECUTORS), MEASURED_SECONDS);
    dots.setLineColor(new Color(0, true));
    dots.setMarkerColor(new Color(0x2B2D33));
    dots.setMarker(SeriesMarkers.CIRCLE);
    return chart;
  }

  private static double[] powers(int[] numbers) {
    return IntStream.of(numbers).mapToDouble(n -> Math.log(n) / Math.log(2)).toArray();
  }
}
