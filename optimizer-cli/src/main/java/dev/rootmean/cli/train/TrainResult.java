package dev.rootmean.cli.train;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rootmean.BackendInfo;
import dev.rootmean.cli.NamedPrecision;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * What a training run came to.
 *
 * @param model what was trained
 * @param backend what it ran on
 * @param gradients where they were computed
 * @param parameters how many there are
 * @param precision how they are kept
 * @param bytesPerParameter what the backend keeps for each
 * @param epochs one record for each
 * @param parametersSha256 of the final parameters as little-endian floats, in lower-case hex
 */
record TrainResult(
    NamedModel model,
    BackendInfo backend,
    String gradients,
    int parameters,
    NamedPrecision precision,
    int bytesPerParameter,
    List<Epoch> epochs,
    String parametersSha256) {
  /**
   * One pass over the training examples.
   *
   * @param epoch its number, from 1
   * @param step the optimizer's steps so far
   * @param trainLoss the mean over its batches, each before its step, in nats an example
   * @param testAccuracy after it, from 0 to 1
   * @param optimizerMicrosPerStep the median time of a step, transfers not included
   * @param microsPerBatch the median time of all that is done for a batch, its step included
   */
  record Epoch(
      int epoch,
      long step,
      double trainLoss,
      double testAccuracy,
      double optimizerMicrosPerStep,
      double microsPerBatch) {

    /** All of it in a line, to be parsed. */
    String toText() {
      return String.join(
          ",",
          Integer.toString(epoch),
          Long.toString(step),
          Double.toString(trainLoss),
          Double.toString(testAccuracy),
          Double.toString(optimizerMicrosPerStep),
          Double.toString(microsPerBatch));
    }

    static Epoch parse(String text) {
      String[] values = text.split(",", -1);
      return new Epoch(
          Integer.parseInt(values[0]),
          Long.parseLong(values[1]),
          Double.parseDouble(values[2]),
          Double.parseDouble(values[3]),
          Double.parseDouble(values[4]),
          Double.parseDouble(values[5]));
    }
  }

  TrainResult {
    epochs = List.copyOf(epochs);
  }

  Epoch last() {
    return epochs.get(epochs.size() - 1);
  }

  boolean diverged() {
    return diverged(epochs);
  }

  /** Whether the loss of the last epoch is no finite number. */
  static boolean diverged(List<Epoch> epochs) {
    return !epochs.isEmpty() && !Double.isFinite(epochs.get(epochs.size() - 1).trainLoss());
  }

  String toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("backend", backend.name());
    json.put("device", backend.device());
    json.put("gradients", gradients);
    json.put("parameters", parameters);
    json.put("precision", precision.toString());
    json.put("bytesPerParameter", bytesPerParameter);
    json.put("epochs", last().epoch());
    json.put("steps", last().step());
    json.put("finalLoss", diverged() ? null : (Double) last().trainLoss());
    if (model == NamedModel.CHARACTERS) {
      json.put("bitsPerCharacter", diverged() ? null : (Double) bits());
    }
    json.put("testAccuracy", last().testAccuracy());
    json.put("optimizerMicrosPerStep", last().optimizerMicrosPerStep());
    json.put("microsPerBatch", last().microsPerBatch());
    json.put("parametersSha256", parametersSha256);
    return json.toString();
  }

  private double bits() {
    return last().trainLoss() / Math.log(2);
  }

  private String unit() {
    return switch (model) {
      case DIGITS -> "";
      case CHARACTERS -> String.format(Locale.ROOT, " nats a character, %.3g bits", bits());
    };
  }

  /** For a spreadsheet or a plot: a line of headings, then one for each epoch. */
  static byte[] toCsv(List<Epoch> epochs) {
    StringBuilder csv =
        new StringBuilder("epoch,step,trainLoss,testAccuracy,optimizerMicrosPerStep\n");
    for (Epoch e : epochs) {
      csv.append(e.epoch()).append(',').append(e.step()).append(',');
      csv.append(e.trainLoss()).append(',').append(e.testAccuracy()).append(',');
      csv.append(e.optimizerMicrosPerStep()).append('\n');
    }
    return csv.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** For a reader at a terminal. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        """
        backend         %s
        device          %s
        gradients       %s
        parameters      %,d
        precision       %s, %d bytes a parameter
        epochs          %,d
        steps           %,d
        final loss      %.3g%s
        test accuracy   %.2f %%
        optimizer step  %.1f us
        batch           %.1f us""",
        backend.name() + (backend.exact() ? "" : " (its bits are not exact)"),
        backend.device(),
        gradients,
        parameters,
        precision,
        bytesPerParameter,
        last().epoch(),
        last().step(),
        last().trainLoss(),
        unit(),
        100 * last().testAccuracy(),
        last().optimizerMicrosPerStep(),
        last().microsPerBatch());
  }
}
