package dev.rootmean.spark;

import dev.rootmean.fuzzing.Trial;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Locale;
import java.util.zip.CRC32;

/** What a sharded training's checkpoint says of its shards; the checksum, which nothing gets past, is right. */
public final class ManifestTarget {
  private ManifestTarget() {}

  public static void fuzzerTestOneInput(byte[] bytes) throws IOException {
    String body = new String(bytes, StandardCharsets.UTF_8) + "\n";
    CRC32 crc = new CRC32();
    crc.update(body.getBytes(StandardCharsets.UTF_8));
    String text = body + String.format(Locale.ROOT, "crc32 %08x\n", crc.getValue());
    Trial.of(
        "manifest",
        text.getBytes(StandardCharsets.UTF_8),
        IOException.class,
        file -> Manifest.parse(file, Files.readString(file)));
  }
}
