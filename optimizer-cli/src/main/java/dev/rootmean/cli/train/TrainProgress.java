package dev.rootmean.cli.train;

import dev.rootmean.Optimizer;
import dev.rootmean.checkpoint.Parameters;
import dev.rootmean.cli.OutputDirectory;
import dev.rootmean.cli.ProgressLine;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/**
 * What a training tells as it goes: loss and accuracy, on a line that changes or on one an epoch,
 * and the metrics of all finished epochs, which are on the disk whatever becomes of the rest.
 */
final class TrainProgress implements Training.Progress {
  private static final double SMOOTHING = 0.95;
  private static final long NANOS_BETWEEN = 100_000_000;

  private final ProgressLine line;
  private final PrintWriter err;
  private final boolean lines;
  private final OutputDirectory directory;
  private final int epochs;
  private final long steps;

  private long shownAt = System.nanoTime() - NANOS_BETWEEN;
  private double smoothLoss = Double.NaN;
  private String accuracy = "";
  private IOException unwritten;

  /**
   * Begins.
   *
   * @param err where a line for each epoch is printed, if wanted, and why metrics were not written
   * @param directory of the metrics, or null
   * @param epochs how many there will be at most
   * @param steps of all epochs
   */
  TrainProgress(
      ProgressLine line,
      PrintWriter err,
      boolean lines,
      OutputDirectory directory,
      int epochs,
      long steps) {
    this.line = line;
    this.err = err;
    this.lines = lines;
    this.directory = directory;
    this.epochs = epochs;
    this.steps = steps;
  }

  @Override
  public void onStep(long step, double loss) {
    smoothLoss = Double.isNaN(smoothLoss) ? loss : SMOOTHING * smoothLoss + (1 - SMOOTHING) * loss;
    long now = System.nanoTime();
    if (now - shownAt >= NANOS_BETWEEN) {
      shownAt = now;
      line.show(format("train: step %d of %d, loss %.4f%s", step, steps, smoothLoss, accuracy));
    }
  }

  @Override
  public void onEpoch(List<TrainResult.Epoch> done) {
    TrainResult.Epoch last = done.get(done.size() - 1);
    accuracy = format(", test %.2f %%", 100 * last.testAccuracy());
    if (lines) {
      err.println(
          format("epoch %d of %d: loss %.4f%s", last.epoch(), epochs, last.trainLoss(), accuracy));
    }
    if (directory != null) {
      try {
        directory.write(TrainCommand.METRICS, TrainResult.toCsv(done));
      } catch (IOException e) { // there may be room again after the next epoch
        line.clear();
        err.println("WARNING: " + e.getMessage() + "; the training goes on");
      }
    }
  }

  @Override
  public void onEnd(Optimizer optimizer) {
    if (directory != null) {
      try {
        directory.write(TrainCommand.MODEL, file -> Parameters.save(optimizer, file));
      } catch (IOException e) {
        unwritten = e;
      }
    }
  }

  /**
   * For when all else is done that can be.
   *
   * @throws IOException if the parameters could not be written
   */
  void requireEndWritten() throws IOException {
    if (unwritten != null) {
      throw unwritten;
    }
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
