package dev.rootmean.spark;

import dev.rootmean.fuzzing.Trial;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

/** What a sharded training's checkpoint says of its shards. Its checksum is right: without it nothing gets far. */
public final class ManifestTarget {
  private ManifestTarget() {}

  public static void fuzzerTestOneInput(byte[] bytes) throws IOException {
    String body = new String(bytes, StandardCharsets.UTF_8) + "\n";
    String text = body + "crc32 " + Manifest.checksum(body) + "\n";
    Trial.of(
        "manifest",
        text.getBytes(StandardCharsets.UTF_8),
        IOException.class,
        file -> Manifest.parse(file, Files.readString(file)));
  }
}
