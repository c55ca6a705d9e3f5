package dev.rootmean.spark;

import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * A file of a shard as it was saved. A shard that is saved twice has the same ones twice, in
 * folders of other names, so these are not told.
 *
 * @param shard whose it is
 * @param name of the file itself
 * @param bytes how many it has
 * @param sha256 of these, in hexadecimal digits
 */
record SavedFile(int shard, String name, long bytes, String sha256) implements Serializable {
  private static final int BUFFER = 1 << 20;

  /** The files of a shard's checkpoint. */
  static List<SavedFile> of(int shard, Path checkpoint) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(checkpoint)) {
      files = all.sorted().toList();
    }
    List<SavedFile> saved = new ArrayList<>();
    for (Path file : files) {
      saved.add(of(shard, file, file.getFileName().toString()));
    }
    return saved;
  }

  private static SavedFile of(int shard, Path file, String name) throws IOException {
    MessageDigest digest = sha256Of();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    long bytes = 0;
    try (FileChannel channel = FileChannel.open(file)) {
      while (channel.read(buffer.clear()) >= 0) {
        bytes += buffer.position();
        digest.update(buffer.flip());
      }
    }
    return new SavedFile(shard, name, bytes, HexFormat.of().formatHex(digest.digest()));
  }

  private static MessageDigest sha256Of() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) { // every JDK has it
      throw new AssertionError(e);
    }
  }

  /** Refuses a checkpoint whose file is not this one. */
  void require(Path checkpoint) throws IOException {
    Path file = checkpoint.resolve(name);
    SavedFile found = of(shard, file, name);
    if (!found.equals(this)) {
      throw new IOException(
          file
              + " is damaged: it has "
              + found.content()
              + ", expected "
              + content()
              + " as its manifest says; bring it back, or remove "
              + checkpoint.getParent().getParent()
              + " to go on from the checkpoint before");
    }
  }

  private String content() {
    return bytes + " bytes with SHA-256 " + sha256;
  }

  /** Its line of a manifest, without the word that begins it. */
  String line() {
    return shard + " " + name + " " + bytes + " " + sha256;
  }

  /** Reads such a line. */
  static SavedFile parse(String line) {
    String[] words = line.split(" ", -1);
    if (words.length != 4) {
      throw new NumberFormatException(line);
    }
    return new SavedFile(Integer.parseInt(words[0]), words[1], Long.parseLong(words[2]), words[3]);
  }
}
