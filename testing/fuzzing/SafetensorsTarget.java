package dev.rootmean.checkpoint;

import dev.rootmean.fuzzing.Trial;
import java.io.IOException;
import java.nio.file.Path;

/** A file of tensors. */
public final class SafetensorsTarget {
  private SafetensorsTarget() {}

  public static void fuzzerTestOneInput(byte[] bytes) throws IOException {
    Trial.of("x.safetensors", bytes, CheckpointException.class, SafetensorsTarget::readAll);
  }

  static void readAll(Path file) throws IOException {
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      for (String name : reader.tensors().keySet()) {
        reader.read(name, (offset, piece) -> {});
      }
    }
  }
}
