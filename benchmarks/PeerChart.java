import dev.rootmean.cli.ChartStyle;
import java.awt.Color;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.CategoryStyler;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Draws how fast peers are: a bar each, side by side for each size. */
final class PeerChart {
  private static final Color[] OURS = {
    new Color(0x00798C), new Color(0x4FB3BF), new Color(0x9CD6DB)
  };
  private static final Color[] THEIRS = {
    new Color(0x2B2D33),
    new Color(0xD1495B),
    new Color(0xEDAE49),
    new Color(0x7A5195),
    new Color(0x8A8F99)
  };

  private PeerChart() {}

  static byte[] png(PeerTable table) throws IOException {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(ChartStyle.WIDTH)
            .height(2 * ChartStyle.HEIGHT / 3)
            .title("RMSProp steps: higher is faster, C loop = 1 (" + table.title() + ")")
            .xAxisTitle("Parameters")
            .build();
    CategoryStyler styler = chart.getStyler();
    ChartStyle.apply(styler);
    styler.setAvailableSpaceFill(0.85).setOverlapped(false);
    styler.setYAxisMin(0.0).setYAxisTickMarkSpacingHint(110);
    styler.setYAxisDecimalPattern("0.0");
    styler.setLegendFont(styler.getLegendFont().deriveFont(24f));
    styler.setLegendPosition(LegendPosition.OutsideE).setLegendLayout(LegendLayout.Vertical);
    List<String> sizes = table.sizes();
    int ours = 0;
    int theirs = 0;
    for (String name : table.names()) {
      List<Double> speeds =
          sizes.stream()
              .map(size -> 1 / table.ratio(name, size))
              .map(speed -> speed.isNaN() ? null : speed)
              .collect(Collectors.toList()); // with nulls, which leave gaps
      Color color =
          name.startsWith("Rootmean")
              ? OURS[ours++ % OURS.length]
              : THEIRS[theirs++ % THEIRS.length];
      List<String> labels = sizes.stream().map(PeerChart::label).toList();
      chart.addSeries(name, labels, speeds).setFillColor(color);
    }
    return ChartStyle.png(chart);
  }

  private static String label(String size) {
    return size.matches("1e[0-9]")
        ? "10" + "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(size.charAt(2) - '0')
        : size.equals("resnet50") ? "ResNet-50, 161 tensors" : size;
  }
}
