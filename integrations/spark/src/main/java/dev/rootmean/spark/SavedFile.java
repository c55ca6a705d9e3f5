package dev.rootmean.spark;

import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

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
  /** The files of a {@link dev.rootmean.checkpoint.Checkpoint}, in a manifest's order. */
  static final List<String> NAMES = List.of("model.safetensors", "optimizer.safetensors");

  /** No other name is taken: what is read, and told of, is in the checkpoint's folder. */
  private static final Pattern LINE =
      Pattern.compile(
          "(\\d{1,9}) ("
              + NAMES.stream().map(Pattern::quote).collect(Collectors.joining("|"))
              + ") (\\d{1,18}) ([0-9a-f]{64})");

  private static final int BUFFER = 1 << 20;

  /** The files of a shard's checkpoint. */
  static List<SavedFile> of(int shard, Path checkpoint) throws IOException {
    List<SavedFile> saved = new ArrayList<>();
    for (String name : NAMES) {
      saved.add(of(shard, checkpoint.resolve(name), name));
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
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    if (!attributes.isRegularFile()) { // a device would be read for ever
      throw damaged(checkpoint, "is no regular file");
    }
    if (attributes.size() != bytes) {
      throw damaged(checkpoint, "has " + attributes.size() + " bytes");
    }
    SavedFile found = of(shard, file, name);
    if (!found.equals(this)) {
      throw damaged(checkpoint, "has " + found.content());
    }
  }

  private IOException damaged(Path checkpoint, String found) {
    return new IOException(
        checkpoint.resolve(name)
            + " is damaged: it "
            + found
            + ", expected "
            + content()
            + " as its manifest says; bring it back, or remove "
            + checkpoint.getParent().getParent()
            + " to go on from the checkpoint before");
  }

  /** What became of a file: the messages of the commonest exceptions are its path alone. */
  static String told(IOException e) {
    if (!(e instanceof FileSystemException system)) {
      return e.getMessage();
    }
    String reason =
        system instanceof NoSuchFileException
            ? "no such file or directory"
            : system instanceof AccessDeniedException
                ? "permission denied"
                : Objects.requireNonNullElse(system.getReason(), system.getClass().getSimpleName());
    return system.getFile() + " cannot be read: " + reason;
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
    Matcher words = LINE.matcher(line);
    if (!words.matches()) {
      throw new IllegalArgumentException(
          "no shard, " + String.join(" or ", NAMES) + ", length and SHA-256 of it: " + line);
    }
    return new SavedFile(
        Integer.parseInt(words.group(1)),
        words.group(2),
        Long.parseLong(words.group(3)),
        words.group(4));
  }
}
