package dev.rootmean.binding;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.Set;

/**
 * A fresh folder among the temporary files, which nobody else can write to, for a copy of a native
 * library. Its process holds the lock of a file in it for as long as it lives: a folder of which
 * the lock is free, or that has none yet and is empty, is a dead process's, and the next one to
 * come by removes it. Should that meet a folder that is just being made, its maker makes another.
 */
final class PrivateFolder implements AutoCloseable {
  private static final String PREFIX = "rootmean-natives-";

  /**
   * One's own are not looked at: on POSIX systems closing a file gives up all locks of it that a
   * process has.
   */
  private static final String OURS = PREFIX + ProcessHandle.current().pid() + "-";

  private static final String LIBRARIES = "*.{so,dylib,dll}";
  private static final String LOCK = "lock";

  /** Far more than can be taken for dead by chance. */
  private static final int ATTEMPTS = 20;

  private final Path folder;
  private final FileChannel lock;

  private PrivateFolder(Path folder, FileChannel lock) {
    this.folder = folder;
    this.lock = lock;
  }

  /**
   * Makes one, and removes those of dead processes of the same user.
   *
   * @param parent the folder for temporary files
   */
  static PrivateFolder in(Path parent) throws IOException {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      Path folder = Files.createTempDirectory(parent.toAbsolutePath(), OURS); // mode 0700
      try {
        FileChannel lock =
            FileChannel.open(
                folder.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        if (isTaken(lock) && Files.exists(folder.resolve(LOCK))) {
          PrivateFolder made = new PrivateFolder(folder, lock);
          made.removeDeadOnes();
          return made;
        }
        lock.close();
      } catch (NoSuchFileException e) {
        // removed between the two lines: once more
      } catch (IOException e) {
        delete(folder);
        throw e;
      }
    }
    throw new IOException("whatever is written there vanishes");
  }

  /** Where the file system has no locks, nobody can take the folder for a dead one either. */
  private static boolean isTaken(FileChannel lock) {
    try {
      return lock.tryLock() != null;
    } catch (IOException e) {
      return true;
    }
  }

  /** Writes a library and looks whether that is what lies there now. */
  Path copy(InputStream in, String name) throws IOException {
    byte[] library = in.readAllBytes();
    Path file = folder.resolve(name);
    Files.write(file, library, StandardOpenOption.CREATE_NEW);
    if (!Arrays.equals(library, Files.readAllBytes(file))) {
      throw new IOException("what was written there is not what is read");
    }
    return file;
  }

  /** Whether it may be run: not even by root where the file system is mounted noexec. */
  static boolean allowsToRun(Path copy) {
    return !copy.toFile().setExecutable(true) || Files.isExecutable(copy);
  }

  private void removeDeadOnes() {
    try (DirectoryStream<Path> others =
        Files.newDirectoryStream(folder.getParent(), PREFIX + "*")) {
      for (Path other : others) {
        if (!other.getFileName().toString().startsWith(OURS) && isOfOurKind(other)) {
          removeIfDead(other);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // Tidying up: a later run may have more luck.
    }
  }

  private boolean isOfOurKind(Path other) throws IOException {
    return Files.isDirectory(other, NOFOLLOW_LINKS)
        && Files.getOwner(other, NOFOLLOW_LINKS).equals(Files.getOwner(folder))
        && permissions(other).equals(permissions(folder));
  }

  private static Set<PosixFilePermission> permissions(Path path) throws IOException {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? Files.getPosixFilePermissions(path, NOFOLLOW_LINKS)
        : Set.of();
  }

  private static void removeIfDead(Path other) throws IOException {
    try (FileChannel lock = FileChannel.open(other.resolve(LOCK), StandardOpenOption.WRITE)) {
      if (lock.tryLock() != null) {
        delete(other);
      }
    } catch (NoSuchFileException e) {
      removeIfEmpty(other);
    } catch (OverlappingFileLockException e) {
      // held by this very process
    }
  }

  private static void delete(Path folder) throws IOException {
    try (DirectoryStream<Path> libraries = Files.newDirectoryStream(folder, LIBRARIES)) {
      for (Path library : libraries) {
        Files.deleteIfExists(library);
      }
    }
    Files.deleteIfExists(folder.resolve(LOCK)); // last: without it nobody would dare to go on
    removeIfEmpty(folder);
  }

  private static void removeIfEmpty(Path folder) {
    try {
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      // There is something that is not of ours.
    }
  }

  /**
   * Removes it. What is loaded stays loaded where the system allows to delete it; elsewhere the
   * folder stays behind until a later run.
   */
  @Override
  public void close() {
    try (lock) {
      delete(folder);
    } catch (IOException | DirectoryIteratorException e) {
      // as above
    }
  }

  /** Why a folder cannot be written to, without the names of Java's classes. */
  static String why(IOException e) {
    if (e instanceof NoSuchFileException || e instanceof NotDirectoryException) {
      return "there is no such folder";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    String reason = e instanceof FileSystemException failure ? failure.getReason() : e.getMessage();
    return String.valueOf(reason);
  }
}
