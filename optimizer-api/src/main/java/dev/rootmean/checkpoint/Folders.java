package dev.rootmean.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What is done with folders. What cannot be looked at is never taken for what is not there. */
final class Folders {
  private Folders() {}

  static boolean isFolder(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).isDirectory();
    } catch (NoSuchFileException e) {
      return false; // others have removed it meanwhile
    }
  }

  /** What is there, of names that begin so. */
  static List<Path> list(Path folder, String start) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().startsWith(start)).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Makes a folder that a power failure does not take away again. */
  static void make(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Path parent = folder.toAbsolutePath().getParent();
      make(parent);
      Files.createDirectories(folder);
      sync(parent);
    }
  }

  /** Has the disk know the names in a folder; Windows opens none, and writes them at once. */
  static void sync(Path folder) throws IOException {
    if (!System.getProperty("os.name").startsWith("Windows")) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /** Removes a folder, if it is there, and all that is in it. */
  static void delete(Path folder) throws IOException {
    if (!Files.notExists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }
  }
}
