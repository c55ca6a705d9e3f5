package dev.rootmean.cli.train;

import dev.rootmean.cli.Run;
import java.util.List;
import java.util.stream.Stream;

/** A training that takes a moment. */
final class SmallTraining {
  static final List<String> ARGUMENTS =
      List.of("train", "--backend", "cpu", "--hidden", "8", "--epochs", "2", "--batch", "100");

  private SmallTraining() {}

  static Run run(String... options) {
    return Run.of(Stream.concat(ARGUMENTS.stream(), Stream.of(options)).toArray(String[]::new));
  }
}
