package dev.rootmean.cli.conformance;

import dev.rootmean.cli.BadInputException;
import dev.rootmean.fuzzing.Trial;
import java.io.IOException;
import java.util.List;

/** A file of cases, plain or packed. */
public final class ConformanceTarget {
  private ConformanceTarget() {}

  public static void fuzzerTestOneInput(byte[] bytes) throws IOException {
    Trial.of(
        "cases", bytes, BadInputException.class, file -> ConformanceFile.read(List.of(file)));
  }
}
