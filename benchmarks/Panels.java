import dev.rootmean.cli.ChartStyle;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;

/** Charts of lines, one below the other in one picture. */
final class Panels {
  /** For lines, as many as can be told apart. */
  static final Color[] COLORS = {
    new Color(0x2B2D33),
    new Color(0xD1495B),
    new Color(0xEDAE49),
    new Color(0x7A5195),
    new Color(0x8A8F99),
    new Color(0x66A182),
    new Color(0x00798C),
    new Color(0x4FB3BF)
  };

  private Panels() {}

  /** An empty chart with the common looks, and its legend beside it. */
  static XYChart chart(String title, String x, String y) {
    XYChart chart =
        new XYChartBuilder()
            .width(ChartStyle.WIDTH)
            .height(2 * ChartStyle.HEIGHT / 3)
            .title(title)
            .xAxisTitle(x)
            .yAxisTitle(y)
            .build();
    XYStyler styler = chart.getStyler();
    ChartStyle.apply(styler);
    styler.setLegendFont(styler.getLegendFont().deriveFont(24f));
    styler.setLegendPosition(LegendPosition.OutsideE).setLegendLayout(LegendLayout.Vertical);
    styler.setXAxisTickMarkSpacingHint(160).setYAxisTickMarkSpacingHint(110);
    // Evenly spaced numbers would get ticks such as 1, 9, 17: unseen uneven ones make them round.
    double[] unseen = {Double.NaN, Double.NaN};
    chart.addSeries("uneven", new double[] {0, 0.25}, unseen).setShowInLegend(false);
    return chart;
  }

  /** The content of a PNG file. */
  static byte[] png(List<XYChart> charts) throws IOException {
    int height = charts.stream().mapToInt(XYChart::getHeight).sum();
    BufferedImage all = new BufferedImage(ChartStyle.WIDTH, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = all.createGraphics();
    int y = 0;
    for (XYChart chart : charts) {
      graphics.drawImage(BitmapEncoder.getBufferedImage(chart), 0, y, null);
      y += chart.getHeight();
    }
    graphics.dispose();
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(all, "png", png);
    return png.toByteArray();
  }
}
