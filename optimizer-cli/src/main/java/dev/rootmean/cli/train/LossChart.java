package dev.rootmean.cli.train;

import dev.rootmean.RmsProp;
import dev.rootmean.cli.ChartStyle;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.YAxisPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws training loss and test accuracy over the epochs. */
final class LossChart {
  private static final Color LOSS = new Color(0xD1495B);
  private static final Color ACCURACY = new Color(0x00798C);
  private static final BasicStroke LINE =
      new BasicStroke(5, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);

  private static final int MOST_MARKERS = 40;

  private LossChart() {}

  static byte[] png(RmsProp rule, TrainResult result) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(ChartStyle.WIDTH)
            .height(ChartStyle.HEIGHT)
            .title(title(rule, result))
            .xAxisTitle("Epoch")
            .build();
    style(chart.getStyler());
    chart.setYAxisGroupTitle(0, "Training loss");
    chart.setYAxisGroupTitle(1, "Test accuracy, %");
    List<TrainResult.Epoch> epochs = result.epochs();
    double[] x = epochs.stream().mapToDouble(TrainResult.Epoch::epoch).toArray();
    double[] losses = epochs.stream().mapToDouble(LossChart::finiteLoss).toArray();
    double[] accuracies = epochs.stream().mapToDouble(LossChart::percent).toArray();
    add(chart, "Training loss", x, losses, 0, LOSS);
    add(chart, "Test accuracy", x, accuracies, 1, ACCURACY);
    // Evenly spaced numbers would get ticks such as 1, 9, 17: unseen uneven ones make them round.
    double[] unseen = {Double.NaN, Double.NaN};
    chart.addSeries("uneven", new double[] {0, 0.25}, unseen).setShowInLegend(false);
    return ChartStyle.png(chart);
  }

  private static double finiteLoss(TrainResult.Epoch epoch) {
    return Double.isFinite(epoch.trainLoss()) ? epoch.trainLoss() : Double.NaN;
  }

  private static double percent(TrainResult.Epoch epoch) {
    return Math.round(10_000 * epoch.testAccuracy()) / 100.0;
  }

  private static void add(
      XYChart chart, String name, double[] x, double[] y, int axis, Color color) {
    XYSeries series = chart.addSeries(name, x, y);
    series.setYAxisGroup(axis);
    series.setLineColor(color).setLineStyle(LINE);
    series.setMarker(x.length > MOST_MARKERS ? SeriesMarkers.NONE : SeriesMarkers.CIRCLE);
    series.setMarkerColor(color);
  }

  /** What differs from plain RMSProp is named; an epsilon is not, in a title. */
  private static String title(RmsProp rule, TrainResult result) {
    StringBuilder title = new StringBuilder("RMSProp on ").append(result.backend().name());
    title.append(": learning rate ").append(rule.learningRate());
    title.append(", decay ").append(rule.decay());
    if (rule.hasMomentum()) {
      title
          .append(rule.nesterov() ? ", Nesterov momentum " : ", momentum ")
          .append(rule.momentum());
    }
    return title.append(rule.centered() ? ", centered" : "").toString();
  }

  private static void style(XYStyler styler) {
    ChartStyle.apply(styler);
    styler.setMarkerSize(14);
    styler.setXAxisTickMarkSpacingHint(120).setYAxisTickMarkSpacingHint(110);
    styler.setYAxisGroupPosition(1, YAxisPosition.Right);
    styler.setXAxisMin(0.0).setXAxisDecimalPattern("0");
    styler.setYAxisMin(0, 0.0);
    styler.setYAxisGroupTitleColor(0, LOSS).setYAxisGroupTitleColor(1, ACCURACY);
    styler.setYAxisGroupTickLabelsColorMap(0, LOSS);
    styler.setYAxisGroupTickLabelsColorMap(1, ACCURACY);
  }
}
