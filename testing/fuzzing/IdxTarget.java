package dev.rootmean.cli.train;

import dev.rootmean.cli.BadInputException;
import dev.rootmean.fuzzing.Trial;
import java.io.IOException;

/** Images as MNIST has them, plain or packed. */
public final class IdxTarget {
  private IdxTarget() {}

  public static void fuzzerTestOneInput(byte[] bytes) throws IOException {
    Trial.of("images", bytes, BadInputException.class, file -> IdxFile.open(file, 3).values());
  }
}
