import java.awt.BasicStroke;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws the loss of each epoch, the mean of all seeds: a panel for each decay. */
final class LossCurvesChart {
  private static final int THINNEST = 3;

  private LossCurvesChart() {}

  static byte[] png(String model, List<String> decays, List<LossCurves.Curve> curves)
      throws IOException {
    List<XYChart> charts = new ArrayList<>();
    for (String decay : decays) {
      XYChart chart =
          Panels.chart("Learning " + model + ", decay " + decay, "Epoch", "Training loss");
      chart.getStyler().setXAxisDecimalPattern("0").setXAxisMin(0.0);
      List<LossCurves.Curve> lines =
          curves.stream().filter(curve -> curve.decay().equals(decay)).toList();
      for (int i = 0; i < lines.size(); i++) {
        double[] losses = lines.get(i).means();
        double[] epochs = IntStream.rangeClosed(1, losses.length).asDoubleStream().toArray();
        XYSeries line = chart.addSeries(lines.get(i).precision(), epochs, losses);
        line.setMarker(losses.length == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
        line.setMarkerColor(Panels.COLORS[i % Panels.COLORS.length]);
        line.setLineColor(Panels.COLORS[i % Panels.COLORS.length]);
        // Later lines are thinner, so that those which they lie on are seen.
        int width = THINNEST + 3 * (lines.size() - 1 - i);
        line.setLineStyle(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
      }
      charts.add(chart);
    }
    return Panels.png(charts);
  }
}
