package dev.rootmean.cli;

import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;

/** What all charts have in common: large type, few lines, as a talk wants them. */
public final class ChartStyle {
  /** Of an image, in pixels. */
  public static final int WIDTH = 1920;

  /** Of an image, in pixels. */
  public static final int HEIGHT = 1080;

  private static final Color INK = new Color(0x2B2D33);
  private static final Color GRID = new Color(0xE6E8EC);

  private ChartStyle() {}

  /**
   * Checks that charts can be drawn: a Java without fonts would fail only after the work.
   *
   * @param file what is to be drawn, for the message
   * @throws BadInputException if there are no fonts
   */
  public static void requireFonts(String file) {
    try {
      new Font(Font.SANS_SERIF, Font.PLAIN, 1).getFamily();
    } catch (InternalError | LinkageError e) {
      throw new BadInputException(
          String.format(
              Locale.ROOT,
              "--out: this Java has no fonts to draw %s with; install fontconfig and a font",
              file));
    }
  }

  /**
   * Draws a chart.
   *
   * @param chart what to draw
   * @return the content of a PNG file
   * @throws IOException if it cannot be encoded
   */
  public static byte[] png(Chart<?, ?> chart) throws IOException {
    ImageIO.setUseCache(false); // a full temporary folder must not matter
    return BitmapEncoder.getBitmapBytes(chart, BitmapFormat.PNG);
  }

  /**
   * Gives a chart the common looks.
   *
   * @param styler the chart's
   */
  public static void apply(AxesChartStyler styler) {
    Font plain = new Font(Font.SANS_SERIF, Font.PLAIN, 28);
    styler.setChartBackgroundColor(Color.WHITE).setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridLinesColor(GRID);
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setChartPadding(40).setChartFontColor(INK);
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 36)).setChartTitlePadding(24);
    styler.setChartTitleBoxVisible(false);
    styler.setAxisTitleFont(plain).setAxisTickLabelsFont(plain).setAxisTitlePadding(20);
    styler.setAxisTickLabelsColor(INK).setAxisTickPadding(12).setAxisTickMarkLength(8);
    styler.setLegendFont(plain).setLegendPadding(20).setLegendBorderColor(Color.WHITE);
    styler.setLegendPosition(LegendPosition.OutsideS).setLegendLayout(LegendLayout.Horizontal);
    styler.setPlotMargin(0);
  }
}
