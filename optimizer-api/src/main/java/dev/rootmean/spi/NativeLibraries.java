package dev.rootmean.spi;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Loads the native libraries of a Java binding safely. JOCL and JCuda write theirs to a predictable
 * name in the folder for temporary files and load what lies there, whoever put it there and however
 * much of it: a planted file is run, one that another JVM is still writing ends the process. Here
 * that folder is a fresh one, which nobody else can write to, and holds verified copies.
 */
public final class NativeLibraries {
  private static final String TEMPORARY_FOLDER = "java.io.tmpdir";

  /** What a linker says of a library that another one needs. */
  private static final Pattern MISSING =
      Pattern.compile("[^\\s:]+: cannot open shared object file.*");

  private NativeLibraries() {}

  /**
   * Runs what makes a binding load its libraries, with the folder for temporary files a private one
   * meanwhile. Threads take turns.
   *
   * @param binding a class of the binding's jar that may be loaded before its libraries are
   * @param resources the paths of the libraries in that jar; one that it lacks is left to the
   *     binding to miss
   * @param load makes the binding load them
   * @throws UnsatisfiedLinkError if they cannot be copied or loaded; the message is one line
   */
  public static synchronized void load(Class<?> binding, List<String> resources, Runnable load) {
    String everyones = System.getProperty(TEMPORARY_FOLDER);
    Path folder = null;
    try {
      folder = Files.createTempDirectory(Path.of(everyones), "rootmean-"); // mode 0700
      for (String resource : resources) {
        copy(binding, resource, folder);
      }
      System.setProperty(TEMPORARY_FOLDER, folder.toString());
      load.run();
    } catch (IOException e) {
      throw error("cannot copy native libraries to the folder for temporary files: " + e, e);
    } catch (UnsatisfiedLinkError e) {
      throw error(oneLine(e, everyones), e);
    } finally {
      System.setProperty(TEMPORARY_FOLDER, everyones);
      if (folder != null) {
        delete(folder);
      }
    }
  }

  private static void copy(Class<?> binding, String resource, Path folder) throws IOException {
    try (InputStream in = binding.getResourceAsStream(resource)) {
      if (in == null) {
        return;
      }
      byte[] library = in.readAllBytes();
      Path file = folder.resolve(resource.substring(resource.lastIndexOf('/') + 1));
      Files.write(file, library, StandardOpenOption.CREATE_NEW);
      if (!Arrays.equals(library, Files.readAllBytes(file))) {
        throw new IOException(file + " is not what was written to it");
      }
    }
  }

  /** The bindings put whole stack traces into their messages; the linker's own line is in them. */
  private static String oneLine(UnsatisfiedLinkError e, String folder) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("failed to map segment")) {
      return folder
          + " does not allow native libraries (mounted noexec?): set -Djava.io.tmpdir to a folder"
          + " that does";
    }
    Matcher missing = MISSING.matcher(message);
    return missing.find() ? missing.group() : message.lines().findFirst().orElse("");
  }

  private static UnsatisfiedLinkError error(String message, Throwable cause) {
    UnsatisfiedLinkError error = new UnsatisfiedLinkError(message);
    error.initCause(cause);
    return error;
  }

  /**
   * What is loaded stays loaded where the system allows to delete it, and stays behind elsewhere.
   */
  private static void delete(Path folder) {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      folder.toFile().deleteOnExit();
    }
  }
}
