import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws how many times too large accumulators are, step by step: a panel for each decay. */
final class StuckChart {
  private static final Color[] OURS = {new Color(0x00798C), new Color(0x4FB3BF)};

  private StuckChart() {}

  static byte[] png(List<StuckAccumulators.Curve> curves, List<Double> decays) throws IOException {
    List<XYChart> charts = new ArrayList<>();
    for (double decay : decays) {
      XYChart chart =
          Panels.chart(
              "The gradient falls to a tenth: v stored over v true, decay " + decay,
              "Steps",
              "Times too large");
      chart.getStyler().setYAxisLogarithmic(true).setYAxisMin(0.5).setYAxisMax(200.0);
      chart.getStyler().setXAxisDecimalPattern("#,##0").setXAxisMin(0.0);
      int ours = 0;
      int theirs = 0;
      for (StuckAccumulators.Curve curve : curves) {
        if (curve.decay() == decay) {
          boolean own = curve.format().startsWith("Rootmean");
          XYSeries line = chart.addSeries(curve.format(), curve.steps(), curve.ratios());
          line.setMarker(SeriesMarkers.NONE);
          line.setLineColor(own ? OURS[ours] : Panels.COLORS[theirs]);
          // Later lines are thinner, so that those which they lie on are seen.
          line.setLineStyle(stroke(own ? 8 - 4 * ours++ : 14 - 4 * theirs++));
        }
      }
      charts.add(chart);
    }
    return Panels.png(charts);
  }

  private static BasicStroke stroke(int width) {
    return new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
  }
}
