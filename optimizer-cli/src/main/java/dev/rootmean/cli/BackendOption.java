package dev.rootmean.cli;

import dev.rootmean.BackendException;
import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import picocli.CommandLine.Option;

/** The option that says what to run on. */
final class BackendOption {
  @Option(
      names = "--backend",
      paramLabel = "NAME[:DEVICE]",
      description =
          "What to run on, as rootmean devices shows it (default: the system property"
              + " rootmean.backend, the variable ROOTMEAN_BACKEND, or the best there is).")
  private String backend;

  OptimizerBackend open() {
    try {
      return backend == null ? Backends.open() : Backends.open(backend);
    } catch (BackendException | IllegalArgumentException e) {
      throw new BadInputException(e.getMessage());
    }
  }
}
