package dev.rootmean.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The directory of --out. A file is there whole or not at all, and the files of one run never stand
 * beside those of another run.
 */
public final class OutputDirectory {
  /**
   * What a run writes to before it renames; its process is in the name. What is given a file to
   * write may do the same again: a point before that name, and a UUID behind it.
   */
  private static final Pattern TEMPORARY =
      Pattern.compile("\\.{1,2}(.+)\\.(\\d{1,10})\\.tmp(\\.[0-9a-f-]{36})?");

  private static final String PROBE = "probe";

  private final Path path;
  private final List<String> names;
  private boolean begun;

  /**
   * Makes the directory if need be, tries that files can be written there, and removes what a run
   * that was killed has left there.
   *
   * @param path where
   * @param names of all the files that this run is to write
   * @throws BadInputException if files cannot be written there
   */
  public OutputDirectory(Path path, String... names) {
    this.path = path;
    this.names = List.of(names);
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new BadInputException("--out " + path + " is a file: expected a directory");
    }
    for (String name : names) {
      if (Files.isDirectory(path.resolve(name))) {
        throw new BadInputException("--out " + path + ": " + name + " there is a directory");
      }
    }
    try {
      Files.createDirectories(path);
      try {
        Files.deleteIfExists(temporary(PROBE)); // of an earlier process, as in write
        writeToDisk(temporary(PROBE), new byte[1]);
      } finally {
        Files.deleteIfExists(temporary(PROBE));
      }
      removeLeftOvers();
    } catch (IOException e) {
      throw new BadInputException(
          "--out "
              + path
              + " cannot be written: "
              + BadInputException.why(e)
              + "; expected a writable directory");
    }
  }

  /** Writes a file that is not there, and waits until the disk has it. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes it.
     *
     * @param file to be made
     * @throws IOException if it cannot be written
     */
    void writeTo(Path file) throws IOException;
  }

  /**
   * Writes a file, or leaves it as it was. The first one takes the others of an earlier run away.
   *
   * @param name one of the names that were given at first
   * @param content all of it
   * @throws IOException with a line for the user
   */
  public void write(String name, byte[] content) throws IOException {
    write(name, file -> writeToDisk(file, content));
  }

  /**
   * Does the same with what writes itself.
   *
   * @param name one of the names that were given at first
   * @param content writes all of it
   * @throws IOException with a line for the user
   */
  public void write(String name, Content content) throws IOException {
    Path temporary = temporary(name);
    try {
      try {
        Files.deleteIfExists(temporary); // of an earlier process with this one's number
        content.writeTo(temporary);
        if (!begun) {
          for (String other : names) {
            if (!other.equals(name)) {
              Files.deleteIfExists(path.resolve(other));
            }
          }
          begun = true;
        }
        Files.move(temporary, path.resolve(name), StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new IOException(
          "--out " + path + ": " + name + " cannot be written: " + BadInputException.why(e), e);
    }
  }

  /** Renaming what is not yet on the disk could leave an empty file after a power failure. */
  private static void writeToDisk(Path file, byte[] content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (ByteBuffer rest = ByteBuffer.wrap(content); rest.hasRemaining(); ) {
        channel.write(rest);
      }
      channel.force(true);
    }
  }

  private void removeLeftOvers() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path, ".*.tmp*")) {
      for (Path file : files) {
        Matcher temporary = TEMPORARY.matcher(file.getFileName().toString());
        if (temporary.matches()
            && (names.contains(temporary.group(1)) || temporary.group(1).equals(PROBE))
            && !isAlive(temporary.group(2))) {
          remove(file);
        }
      }
    }
  }

  private static void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // Another user's, who will remove it: this run can be written all the same.
    }
  }

  private static boolean isAlive(String process) {
    return ProcessHandle.of(Long.parseLong(process)).isPresent();
  }

  private Path temporary(String name) {
    return path.resolve("." + name + "." + ProcessHandle.current().pid() + ".tmp");
  }
}
