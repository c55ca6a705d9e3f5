package dev.rootmean.cli.train;

import dev.rootmean.cli.BadInputException;
import java.nio.file.Path;
import java.util.Locale;

/** What the command line can train, by the names that they have there. */
enum NamedModel {
  /** Reads handwritten digits. */
  DIGITS(20),
  /** Predicts the next character of a text. */
  CHARACTERS(3);

  private final int epochs;

  NamedModel(int epochs) {
    this.epochs = epochs;
  }

  /** As many as show something within a minute. */
  int epochs() {
    return epochs;
  }

  /** The units of each hidden layer. */
  int[] hidden() {
    return switch (this) {
      case DIGITS -> new int[] {128, 64};
      case CHARACTERS -> new int[] {64};
    };
  }

  /**
   * Reads what it learns from.
   *
   * @param data a directory or a file, or null for what this jar brings
   */
  DataSet read(Path data) {
    return switch (this) {
      case DIGITS -> DataSet.of(data == null ? Digits.uci() : Mnist.read(data));
      case CHARACTERS ->
          DataSet.of(data == null ? CharacterText.documents() : CharacterText.read(data));
    };
  }

  static NamedModel of(String name) {
    for (NamedModel model : values()) {
      if (model.toString().equals(name)) {
        return model;
      }
    }
    throw new BadInputException("--model " + name + ": expected " + DIGITS + " or " + CHARACTERS);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
