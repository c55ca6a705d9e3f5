package dev.rootmean.checkpoint;

import dev.rootmean.fuzzing.Trial;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** An index of files, beside one that it may name: {@code a.safetensors}, with {@code x} in it. */
public final class SafetensorsIndexTarget {
  private SafetensorsIndexTarget() {}

  public static void fuzzerInitialize() throws IOException {
    byte[] header =
        "{\"x\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]}}"
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(16 + header.length).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(header.length).put(header);
    Files.write(Trial.folder().resolve("a.safetensors"), file.array());
  }

  public static void fuzzerTestOneInput(byte[] bytes) throws IOException {
    Trial.of("m.safetensors.index.json", bytes, CheckpointException.class, SafetensorsIndexTarget::read);
  }

  private static void read(Path index) throws IOException {
    try {
      SafetensorsTarget.readAll(index.resolveSibling("m.safetensors"));
    } catch (NoSuchFileException e) {
      // that a file of another name is not there is no fault of the text
      throw new CheckpointException(e.getMessage(), e);
    }
  }
}
