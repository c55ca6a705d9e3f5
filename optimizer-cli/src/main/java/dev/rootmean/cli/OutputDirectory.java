package dev.rootmean.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The directory of --out: a file is there whole or not at all. */
final class OutputDirectory {
  private final Path path;

  /** Makes the directory if need be, and tries that files can be written there. */
  OutputDirectory(Path path) {
    this.path = path;
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new BadInputException("--out " + path + " is a file: expected a directory");
    }
    try {
      Files.createDirectories(path);
      Files.delete(Files.createFile(temporary("probe")));
    } catch (IOException e) {
      throw notWritable(e);
    }
  }

  void write(String name, byte[] content) {
    Path temporary = temporary(name);
    try {
      try {
        Files.write(temporary, content);
        Files.move(temporary, path.resolve(name), StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw notWritable(e);
    }
  }

  private Path temporary(String name) {
    return path.resolve("." + name + "." + ProcessHandle.current().pid() + ".tmp");
  }

  private BadInputException notWritable(IOException e) {
    return new BadInputException(
        "--out %s cannot be written: %s; expected a writable directory"
            .formatted(path, BadInputException.why(e)));
  }
}
