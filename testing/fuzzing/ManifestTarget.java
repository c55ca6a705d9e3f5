package dev.rootmean.spark;

import dev.rootmean.fuzzing.Trial;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

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
        file -> requireSaved(Manifest.parse(file, Files.readString(file))));
  }

  /** What is taken is what a training may go on from. */
  private static void requireSaved(Manifest manifest) {
    Measured measured = manifest.measured();
    require(manifest.step() >= 0, "a step");
    require(manifest.shards() > 0, "shards");
    require(measured.skipped() >= 0 && measured.skipped() <= manifest.step(), "skipped steps");
    require(measured.lossScale() > 0 && measured.lossScale() <= Float.MAX_VALUE, "a loss scale");
    require(measured.goodSteps() >= 0, "good steps");
    Set<Path> files = new HashSet<>();
    for (SavedFile file : manifest.files()) {
      require(file.shard() >= 0 && file.shard() < manifest.shards(), "a shard of a file");
      require(Set.of("model.safetensors", "optimizer.safetensors").contains(file.name()), "a name");
      require(file.bytes() >= 0, "a length");
      require(file.sha256().matches("[0-9a-f]{64}"), "a SHA-256");
      files.add(Path.of(Integer.toString(file.shard()), file.name()));
    }
    require(files.size() == manifest.files().size(), "each file once");
    require(files.size() == 2L * manifest.shards(), "both files of each shard");
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError("expected " + what);
    }
  }
}
