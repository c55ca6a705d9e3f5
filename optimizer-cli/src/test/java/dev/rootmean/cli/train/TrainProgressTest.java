package dev.rootmean.cli.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.cli.OutputDirectory;
import dev.rootmean.cli.ProgressLine;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainProgressTest {
  private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();
  private final StringWriter err = new StringWriter();

  private void train(boolean watched, boolean lines, OutputDirectory directory) {
    try (ProgressLine line = new ProgressLine(new PrintStream(terminal, true, UTF_8), watched)) {
      TrainProgress progress =
          new TrainProgress(line, new PrintWriter(err, true), lines, directory, 2, 30);
      progress.onStep(1, 2.5);
      progress.onEpoch(List.of(new TrainResult.Epoch(1, 15, 1.25, 0.5, 3, 4)));
    }
  }

  @Test
  void aTerminalSeesOneLineThatIsClearedAtTheEnd() {
    String shown = "train: step 1 of 30, loss 2.5000";
    train(true, false, null);
    assertEquals("\r" + shown + "\r" + " ".repeat(shown.length()) + "\r", terminal.toString(UTF_8));
    assertEquals("", err.toString());
  }

  @Test
  void metricsThatCannotBeWrittenDoNotEndTheTraining(@TempDir Path temporary) throws Exception {
    Path out = temporary.resolve("out");
    OutputDirectory directory = new OutputDirectory(out, TrainCommand.METRICS);
    Files.delete(out);
    train(false, false, directory);
    assertEquals(
        "WARNING: --out "
            + out
            + ": metrics.csv cannot be written: no such file or directory; the training goes on",
        err.toString().strip());
  }

  @Test
  void withoutATerminalThereIsALineAnEpoch() {
    train(false, true, null);
    assertEquals("", terminal.toString(UTF_8));
    assertEquals(
        String.format(Locale.ROOT, "epoch 1 of 2: loss 1.2500, test 50.00 %%%n"), err.toString());
  }
}
