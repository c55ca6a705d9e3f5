package dev.rootmean.cli;

import dev.rootmean.BackendException;
import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import picocli.CommandLine.Option;

/** The option that says what to run on. */
public final class BackendOption {
  @Option(
      names = "--backend",
      paramLabel = "NAME[:DEVICE]",
      description =
          "What to run on, as rootmean devices shows it (default: the system property"
              + " rootmean.backend, the variable ROOTMEAN_BACKEND, or the best there is).")
  private String backend;

  /** Makes an option that picocli is to fill. */
  public BackendOption() {}

  /**
   * Opens what the user asked for.
   *
   * @return an open backend, which the caller closes
   * @throws BadInputException if there is none of that name, or it cannot be opened
   */
  public OptimizerBackend open() {
    try {
      return backend == null ? Backends.open() : Backends.open(backend);
    } catch (BackendException | IllegalArgumentException e) {
      throw new BadInputException(e.getMessage());
    }
  }

  /**
   * Which device of a backend the user asked for with this option.
   *
   * @param name the backend's
   * @param reason the option that wants that backend
   * @return what stands behind the name and a colon, or an empty text
   * @throws BadInputException if the user did not ask for that backend
   */
  public String deviceOf(String name, String reason) {
    String[] parts = String.valueOf(backend).split(":", 2);
    if (!parts[0].equalsIgnoreCase(name)) {
      String given = backend == null ? " without --backend" : " with --backend " + backend;
      throw new BadInputException(
          reason + given + ": expected --backend " + name + " or " + name + ":DEVICE");
    }
    return parts.length == 1 ? "" : parts[1];
  }
}
