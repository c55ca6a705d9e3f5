package dev.rootmean.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of a training: in a folder that the driver and all executors see, a folder each,
 * with a manifest once all of it is on the disk. The last two are kept.
 *
 * @param path of the folder
 */
record CheckpointFolder(Path path) {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointFolder.class);

  private static final Pattern NAME = Pattern.compile("step-(\\d{12,18})");
  private static final String MANIFEST = "manifest";
  private static final int KEPT = 2;

  /** Makes the folder, and refuses one in which the driver cannot write. */
  private void requireWritable() throws IOException {
    try {
      if (!Files.isDirectory(path)) { // a link to one is one
        Files.createDirectories(path);
      }
      Files.delete(Files.createTempFile(path, ".writable", ""));
    } catch (IOException e) {
      throw new IOException(
          "no checkpoints in " + path + ": expected a folder that can be made and written: " + e,
          e);
    }
  }

  ShardFiles files(long step, int shards) {
    return new ShardFiles(of(step).toString(), shards);
  }

  private Path of(long step) {
    return path.resolve(String.format(Locale.ROOT, "step-%012d", step));
  }

  /** Has a checkpoint count, whose shards are saved. */
  void commit(Manifest manifest) throws IOException {
    Path folder = of(manifest.step());
    ShardFiles files = files(manifest.step(), manifest.shards());
    for (int shard = 0; shard < manifest.shards(); shard++) {
      if (!Files.isDirectory(files.path(shard))) {
        throw new IOException(
            files.path(shard)
                + " is not there, though an executor has saved it: expected a folder that the"
                + " driver and all executors share");
      }
    }
    Path unfinished = folder.resolve("." + MANIFEST);
    try (FileChannel channel =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer text = ByteBuffer.wrap(manifest.text().getBytes(StandardCharsets.UTF_8));
      while (text.hasRemaining()) {
        channel.write(text);
      }
      channel.force(true);
    }
    sync(folder);
    Files.move(unfinished, folder.resolve(MANIFEST), StandardCopyOption.ATOMIC_MOVE);
    sync(folder);
    sync(path);
  }

  /** Removes what is too old, what was never finished, and what a training has gone back behind. */
  void removeAllBut(long latest) {
    try {
      NavigableMap<Long, Path> saved = saved();
      saved.tailMap(latest, false).clear();
      while (saved.size() > KEPT) {
        saved.pollFirstEntry();
      }
      for (Path folder : folders().values()) {
        if (!saved.containsValue(folder)) {
          remove(folder);
        }
      }
    } catch (IOException | UncheckedIOException e) { // no reason for a training to end
      LOG.warn("old checkpoints in {} cannot be removed: {}", path, e.toString());
    }
  }

  private static void sync(Path folder) throws IOException {
    if (!System.getProperty("os.name").startsWith("Windows")) { // which opens no folder
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /** Those that count, by their step. */
  private NavigableMap<Long, Path> saved() throws IOException {
    NavigableMap<Long, Path> saved = folders();
    saved.values().removeIf(folder -> Files.notExists(folder.resolve(MANIFEST)));
    return saved;
  }

  private NavigableMap<Long, Path> folders() throws IOException {
    NavigableMap<Long, Path> found = new TreeMap<>();
    try (Stream<Path> folders = Files.list(path)) {
      for (Path folder : folders.toList()) {
        Matcher name = NAME.matcher(folder.getFileName().toString());
        if (name.matches()) {
          found.put(Long.parseLong(name.group(1)), folder);
        }
      }
    }
    return found;
  }

  /** The one that a training goes on with, in a folder that is there from then on. */
  Optional<Manifest> latest(Plan plan) throws IOException {
    requireWritable();
    NavigableMap<Long, Path> saved = saved();
    if (saved.isEmpty()) {
      return Optional.empty();
    }
    Path file = saved.lastEntry().getValue().resolve(MANIFEST);
    Manifest manifest =
        Manifest.parse(file, new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
    if (manifest.step() != saved.lastKey()) {
      throw new IOException(
          file + " is of step " + manifest.step() + ": expected that of its folder");
    }
    manifest.requireFits(file, plan);
    return Optional.of(manifest);
  }

  /** The manifest goes first, so that what is left counts no more. */
  private static void remove(Path checkpoint) throws IOException {
    Files.deleteIfExists(checkpoint.resolve(MANIFEST));
    List<Path> files;
    try (Stream<Path> all = Files.walk(checkpoint)) {
      files = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
  }
}
