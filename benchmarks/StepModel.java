import dev.rootmean.cli.ChartStyle;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * What a step should take by a device's data sheet, beside what was measured: the longest of what
 * the host needs to launch it, the memory to move it and the arithmetic units to compute it.
 */
final class StepModel {
  /**
   * Which share of the data sheet's bandwidth a long step reaches on an H100 and on an H200; taken
   * for all that nobody has measured yet.
   */
  private static final double REACHED = 0.88;

  /** From a launch to its end, of a kernel without work: by events on an H100 and on an H200. */
  private static final double KERNEL_MICROSECONDS = 2.5;

  /** What an element moves, in words, and its instructions of double precision (counted in SASS). */
  private enum Variant {
    PLAIN("plain", 5, 29),
    MOMENTUM("momentum", 7, 35),
    CENTERED("centered", 7, 34),
    BOTH("momentum-centered", 9, 40);

    final String title;
    final int words;
    final int doubleInstructions;

    Variant(String title, int words, int doubleInstructions) {
      this.title = title;
      this.words = words;
      this.doubleInstructions = doubleInstructions;
    }
  }

  /**
   * A device by its data sheet.
   *
   * @param gigabytes of memory
   * @param bandwidth in GB/s
   * @param doubles in TFLOP/s, of vector units, where a fused multiply-add is two
   * @param launch in microseconds of the host
   */
  private record Device(
      String name, double gigabytes, double bandwidth, double doubles, double launch) {
    double microseconds(Variant variant, int wordBytes, double elements) {
      double memory = elements * variant.words * wordBytes / (REACHED * bandwidth) / 1e3;
      double arithmetic =
          wordBytes == 4 ? 0 : elements * variant.doubleInstructions / (doubles / 2) / 1e6;
      return Math.max(launch, KERNEL_MICROSECONDS + Math.max(memory, arithmetic));
    }

    /** Whether parameters, gradients and accumulators have room. */
    boolean holds(Variant variant, int wordBytes, double elements) {
      return elements * (variant.words + 1) / 2 * wordBytes <= gigabytes * 1e9;
    }
  }

  private static final List<Device> DEVICES =
      List.of(
          new Device("A100 SXM 80 GB", 80, 2_039, 9.7, 4.3),
          new Device("H100 SXM", 80, 3_352, 33.5, 4.3),
          new Device("H200", 141, 4_800, 33.5, 4.3),
          new Device("B200", 180, 8_000, 37, 4.3),
          new Device("MI250X, one of two", 64, 1_638, 23.9, 6),
          new Device("MI300X", 192, 5_300, 81.7, 6),
          new Device("RTX 4090", 24, 1_008, 1.29, 4.3));

  /** What was measured, as a line of a file says it. */
  private record Measured(
      String device, String type, String variant, double elements, double microseconds) {
    static Measured of(String line) {
      String[] fields = line.split(",");
      return new Measured(
          fields[0],
          fields[1],
          fields[2],
          Double.parseDouble(fields[3]),
          Double.parseDouble(fields[4]));
    }
  }

  private StepModel() {}

  public static void main(String[] arguments) throws IOException {
    List<Measured> measured = new ArrayList<>();
    for (int i = 1; i < arguments.length; i++) {
      Files.readAllLines(Path.of(arguments[i])).stream()
          .skip(1)
          .map(Measured::of)
          .forEach(measured::add);
    }
    printSizes();
    printVariants();
    printMeasured(measured);
    if (!arguments[0].isEmpty()) {
      Files.write(Path.of(arguments[0]), ChartStyle.png(chart(measured)));
    }
  }

  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  private static void printSizes() {
    StringBuilder heading = new StringBuilder("| plain, float32: modelled |");
    for (int power = 3; power <= 11; power++) {
      heading.append(" 10^").append(power).append(" |");
    }
    say("%s%n|---|%s", heading, "---|".repeat(9));
    for (Device device : DEVICES) {
      StringBuilder line = new StringBuilder("| " + device.name() + " |");
      for (int power = 3; power <= 11; power++) {
        double elements = Math.pow(10, power);
        line.append(' ')
            .append(
                device.holds(Variant.PLAIN, 4, elements)
                    ? time(device.microseconds(Variant.PLAIN, 4, elements))
                    : "-")
            .append(" |");
      }
      say("%s", line);
    }
  }

  private static String time(double microseconds) {
    return microseconds < 1e3
        ? String.format(Locale.ROOT, "%.3g us", microseconds)
        : String.format(Locale.ROOT, "%.3g ms", microseconds / 1e3);
  }

  private static void printVariants() {
    say("%n| 10^8 elements, ms: modelled | float32: plain | momentum | both | float64: plain | momentum | both |");
    say("|---|---|---|---|---|---|---|");
    for (Device device : DEVICES) {
      StringBuilder line = new StringBuilder("| " + device.name() + " |");
      for (int bytes : new int[] {4, 8}) {
        for (Variant variant : List.of(Variant.PLAIN, Variant.MOMENTUM, Variant.BOTH)) {
          line.append(
              String.format(
                  Locale.ROOT, " %.2f |", device.microseconds(variant, bytes, 1e8) / 1e3));
        }
      }
      say("%s", line);
    }
  }

  private static void printMeasured(List<Measured> measured) {
    say("%n| device | type | variant | elements | modelled, us | measured, us | measured over modelled |");
    say("|---|---|---|---|---|---|---|");
    for (Measured each : measured) {
      for (Device device : DEVICES) {
        if (each.device().equals(device.name())) {
          double model =
              device.microseconds(
                  variant(each.variant()),
                  each.type().equals("float64") ? 8 : 4,
                  each.elements());
          say(
              "| %s | %s | %s | %,.0f | %.1f | %.1f | %.2f |",
              each.device(),
              each.type(),
              each.variant(),
              each.elements(),
              model,
              each.microseconds(),
              each.microseconds() / model);
        }
      }
    }
  }

  private static Variant variant(String title) {
    for (Variant variant : Variant.values()) {
      if (variant.title.equals(title)) {
        return variant;
      }
    }
    throw new IllegalArgumentException("no variant " + title);
  }

  private static XYChart chart(List<Measured> measured) {
    XYChart chart =
        new XYChartBuilder()
            .width(ChartStyle.WIDTH)
            .height(ChartStyle.HEIGHT)
            .title("A plain step in float32: lines modelled, dots measured")
            .xAxisTitle("Parameters")
            .yAxisTitle("Microseconds")
            .build();
    ChartStyle.apply(chart.getStyler());
    chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
    chart.getStyler().setXAxisLogarithmicDecadeOnly(true).setYAxisLogarithmicDecadeOnly(true);
    chart.getStyler().setXAxisDecimalPattern("0E0").setYAxisDecimalPattern("0");
    chart.getStyler().setMarkerSize(14);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    chart.getStyler().setLegendLayout(LegendLayout.Vertical);
    Color[] colors = {
      new Color(0x8A8F99), new Color(0x00798C), new Color(0xD1495B), new Color(0xEDAE49),
      new Color(0x7A5195), new Color(0x4F9D69), new Color(0x30638E)
    };
    for (int d = 0; d < DEVICES.size(); d++) {
      Device device = DEVICES.get(d);
      List<Double> x = new ArrayList<>();
      List<Double> y = new ArrayList<>();
      for (double power = 3; power <= 10.5; power += 0.125) {
        double elements = Math.pow(10, power);
        if (device.holds(Variant.PLAIN, 4, elements)) {
          x.add(elements);
          y.add(device.microseconds(Variant.PLAIN, 4, elements));
        }
      }
      XYSeries line = chart.addSeries(device.name(), x, y);
      line.setMarker(SeriesMarkers.NONE);
      line.setLineColor(colors[d]);
      line.setLineStyle(new BasicStroke(4));
      List<Measured> dots =
          measured.stream()
              .filter(m -> m.device().equals(device.name()))
              .filter(m -> m.variant().equals("plain") && m.type().equals("float32"))
              .toList();
      if (!dots.isEmpty()) {
        XYSeries series =
            chart.addSeries(
                device.name() + ", measured",
                dots.stream().map(Measured::elements).toList(),
                dots.stream().map(Measured::microseconds).toList());
        series.setLineColor(new Color(0, true));
        series.setMarkerColor(colors[d]);
        series.setMarker(SeriesMarkers.CIRCLE);
      }
    }
    return chart;
  }
}
