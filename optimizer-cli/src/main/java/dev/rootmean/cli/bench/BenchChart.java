package dev.rootmean.cli.bench;

import dev.rootmean.BackendInfo;
import dev.rootmean.cli.ChartStyle;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws bandwidth: over the sizes where there are several, as bars where there is one. */
final class BenchChart {
  private static final Color COPY = new Color(0x8A8F99);

  private static final Color[] COLORS = {
    new Color(0x00798C), new Color(0xD1495B), new Color(0xEDAE49), new Color(0x30638E),
    new Color(0x7A5195), new Color(0x4F9D69), new Color(0x8C564B), new Color(0x2B2D33)
  };

  /** A backend's; solid for the first. */
  private static final float[][] DASHES = {null, {18, 14}, {2, 12}, {18, 12, 2, 12}};

  private static final Marker[] MARKERS = {
    SeriesMarkers.CIRCLE, SeriesMarkers.SQUARE, SeriesMarkers.DIAMOND, SeriesMarkers.TRIANGLE_UP
  };

  private BenchChart() {}

  static byte[] png(List<BenchResult> results) throws IOException {
    boolean severalSizes = results.stream().map(BenchResult::elements).distinct().count() > 1;
    return ChartStyle.png(severalSizes ? lines(results) : bars(results));
  }

  private static XYChart lines(List<BenchResult> results) {
    XYChart chart =
        new XYChartBuilder()
            .width(ChartStyle.WIDTH)
            .height(ChartStyle.HEIGHT)
            .title(title(results))
            .xAxisTitle("Elements")
            .yAxisTitle("GB/s")
            .build();
    XYStyler styler = chart.getStyler();
    ChartStyle.apply(styler);
    styler.setXAxisLogarithmic(true).setXAxisLogarithmicDecadeOnly(true);
    styler.setMarkerSize(14);
    scale(styler, results);
    styler.setXAxisDecimalPattern("0E0");
    LongSummaryStatistics sizes =
        results.stream().mapToLong(BenchResult::elements).summaryStatistics();
    styler.setXAxisMin(sizes.getMin() / 1.3).setXAxisMax(sizes.getMax() * 1.3);
    styler.setLegendFont(styler.getLegendFont().deriveFont(24f));
    styler.setLegendPosition(LegendPosition.OutsideE).setLegendLayout(LegendLayout.Vertical);
    List<String> variants = distinct(results, BenchResult::variant);
    List<BackendInfo> backends = distinct(results, BenchResult::backend);
    for (BackendInfo backend : backends) {
      List<BenchResult> its = results.stream().filter(r -> r.backend().equals(backend)).toList();
      int style = backends.indexOf(backend);
      String suffix = backends.size() > 1 ? ", " + backend.name() : "";
      for (String variant : distinct(its, BenchResult::variant)) {
        List<BenchResult> line = its.stream().filter(r -> r.variant().equals(variant)).toList();
        Color color = COLORS[variants.indexOf(variant) % COLORS.length];
        add(chart, variant + suffix, line, BenchResult::gigabytesPerSecond, color, style);
      }
      List<BenchResult> copies =
          distinct(its, BenchResult::elements).stream()
              .map(n -> its.stream().filter(r -> r.elements() == n).findFirst().orElseThrow())
              .toList();
      add(chart, "copy" + suffix, copies, BenchResult::copyGigabytesPerSecond, COPY, style);
    }
    return chart;
  }

  private static void add(
      XYChart chart,
      String name,
      List<BenchResult> line,
      ToDoubleFunction<BenchResult> figure,
      Color color,
      int style) {
    double[] x = line.stream().mapToDouble(BenchResult::elements).toArray();
    XYSeries series = chart.addSeries(name, x, line.stream().mapToDouble(figure).toArray());
    series.setMarkerColor(color);
    series.setLineColor(color);
    series.setMarker(MARKERS[style % MARKERS.length]);
    float[] dashes = DASHES[style % DASHES.length];
    series.setLineStyle(
        new BasicStroke(5, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND, 1, dashes, 0));
  }

  private static CategoryChart bars(List<BenchResult> results) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(ChartStyle.WIDTH)
            .height(ChartStyle.HEIGHT)
            .title(title(results))
            .yAxisTitle("GB/s")
            .build();
    ChartStyle.apply(chart.getStyler());
    chart.getStyler().setAvailableSpaceFill(0.7);
    scale(chart.getStyler(), results);
    List<String> variants = distinct(results, BenchResult::variant);
    int color = 0;
    for (BackendInfo backend : distinct(results, BenchResult::backend)) {
      List<BenchResult> its = results.stream().filter(r -> r.backend().equals(backend)).toList();
      for (int tensors : distinct(its, BenchResult::tensors)) {
        List<BenchResult> some = its.stream().filter(r -> r.tensors() == tensors).toList();
        String name =
            backend.name() + (tensors == 1 ? ", one buffer" : ", " + tensors + " tensors");
        chart
            .addSeries(name, variants, values(some, variants, BenchResult::gigabytesPerSecond))
            .setFillColor(COLORS[color++ % COLORS.length]);
      }
      String name = backend.name() + ", copy";
      chart
          .addSeries(name, variants, values(its, variants, BenchResult::copyGigabytesPerSecond))
          .setFillColor(COPY);
    }
    return chart;
  }

  /** The figure of each variant; null where there is none, which leaves a gap. */
  private static List<Double> values(
      List<BenchResult> results, List<String> variants, Function<BenchResult, Double> figure) {
    Map<String, Double> byVariant = new HashMap<>();
    results.forEach(r -> byVariant.put(r.variant(), figure.apply(r)));
    return variants.stream().map(byVariant::get).collect(Collectors.toList()); // with nulls
  }

  /** From zero, so that heights compare, with some air around. */
  private static void scale(AxesChartStyler styler, List<BenchResult> results) {
    double most =
        results.stream()
            .mapToDouble(r -> Math.max(r.gigabytesPerSecond(), r.copyGigabytesPerSecond()))
            .max()
            .orElseThrow();
    styler.setPlotContentSize(1);
    styler.setYAxisMin(-0.01 * most).setYAxisMax(1.05 * most).setYAxisTickMarkSpacingHint(110);
  }

  private static String title(List<BenchResult> results) {
    List<BackendInfo> backends = distinct(results, BenchResult::backend);
    List<Long> sizes = distinct(results, BenchResult::elements);
    return "RMSProp step in "
        + results.get(0).precision()
        + (sizes.size() == 1 ? String.format(Locale.ROOT, " of %,d elements", sizes.get(0)) : "")
        + (backends.size() == 1 ? " on " + backends.get(0).device() : "");
  }

  private static <T> List<T> distinct(List<BenchResult> results, Function<BenchResult, T> of) {
    return results.stream().map(of).distinct().toList();
  }
}
