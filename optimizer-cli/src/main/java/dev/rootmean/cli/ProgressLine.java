package dev.rootmean.cli;

import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar on stderr with loss and accuracy, where there is someone to watch it. */
final class ProgressLine implements Training.Progress, AutoCloseable {
  private static final double SMOOTHING = 0.95;

  private final ProgressBar bar;
  private double smoothLoss = Double.NaN;

  ProgressLine(long steps) {
    bar = bar("train", steps, " steps");
  }

  static ProgressBar bar(String task, long most, String unit) {
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(most)
        .setUnit(unit, 1)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(100)
        .hideEta()
        .build();
  }

  @Override
  public void onStep(double loss, double testAccuracy) {
    smoothLoss = Double.isNaN(smoothLoss) ? loss : SMOOTHING * smoothLoss + (1 - SMOOTHING) * loss;
    String accuracy =
        Double.isNaN(testAccuracy)
            ? ""
            : String.format(Locale.ROOT, ", test %.2f %%", 100 * testAccuracy);
    bar.setExtraMessage(String.format(Locale.ROOT, " loss %.4f%s", smoothLoss, accuracy));
    bar.step();
  }

  @Override
  public void close() {
    bar.close();
  }
}
