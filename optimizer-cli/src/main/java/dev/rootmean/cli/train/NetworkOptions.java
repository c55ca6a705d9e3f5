package dev.rootmean.cli.train;

import dev.rootmean.cli.BadInputException;
import dev.rootmean.cli.NamedPrecision;
import dev.rootmean.cli.OptionValues;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options that say what is trained, on what, and how long. */
final class NetworkOptions {
  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "digits",
      description = "What is trained: digits or characters (default: ${DEFAULT-VALUE}).")
  private String name;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description =
          "For digits a directory with MNIST's four IDX files, plain or .gz (default: UCI digits);"
              + " for characters a text file in UTF-8 (default: Rootmean's documents).")
  private Path data;

  @Option(
      names = "--dense-table",
      description =
          "Of characters, step all rows of the table, not those of the batch alone: slower, and"
              + " what -block8 precisions want.")
  private boolean denseTable;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      split = OptionValues.COMMA,
      splitSynopsisLabel = ",",
      description = "Units of each hidden layer (default: 128,64; of characters 64).")
  private int[] hidden;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Passes over the training examples (default: 20; of characters 3).")
  private Integer epochs;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "32",
      description = "Examples for each step (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Decides the first parameters, the order of the examples and the random bits of rounding"
              + " (default: ${DEFAULT-VALUE}).")
  private long seed;

  /** Refuses what cannot be before anything is done. */
  void requireUsable(NamedPrecision precision) {
    boolean hasTable = model() == NamedModel.CHARACTERS;
    if (denseTable && !hasTable) {
      throw new BadInputException(
          "--dense-table with --model " + name + ": expected --model characters");
    }
    if (hasTable && !denseTable && precision.precision().accumulators().isInBlocks()) {
      throw new BadInputException(
          "--precision "
              + precision
              + " with --model characters: expected --dense-table too, as single rows of a table"
              + " cannot be stepped in blocks");
    }
    requireAtLeastOne("--epochs", epochs());
    requireAtLeastOne("--batch", batch);
    for (int units : hidden()) {
      requireAtLeastOne("--hidden", units);
    }
  }

  private static void requireAtLeastOne(String option, int value) {
    if (value < 1) {
      throw new BadInputException(option + " " + value + ": expected at least 1");
    }
  }

  NamedModel model() {
    return NamedModel.of(name);
  }

  int epochs() {
    return epochs == null ? model().epochs() : epochs;
  }

  private int[] hidden() {
    return hidden == null ? model().hidden() : hidden;
  }

  DataSet read() {
    DataSet set = model().read(data);
    return denseTable ? set.withDenseTable() : set;
  }

  Training prepare(DataSet set) {
    try {
      return new Training(set, hidden(), batch, seed);
    } catch (ArithmeticException e) {
      throw new BadInputException(
          "--hidden and --batch make a network that is larger than an array can be: use less");
    }
  }

  /** Adds what a training that is gone on with must have as before. */
  void addTo(Map<String, String> options, DataSet set) {
    options.put(TrainCheckpoints.MODEL, denseTable ? name + ", dense table" : name);
    options.put("--data", "of checksum " + Long.toHexString(set.train().checksum()));
    options.put("--hidden", Arrays.toString(hidden()));
    options.put("--batch", Integer.toString(batch));
    options.put("--seed", Long.toString(seed));
  }
}
