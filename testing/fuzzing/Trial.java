package dev.rootmean.fuzzing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Gives a reader a file of any bytes, which it may take, or refuse. What a library says of a file can
 * be shown; the command line cleans what it prints.
 */
public final class Trial {
  /** Reads a file, or throws. */
  @FunctionalInterface
  public interface Reader {
    void read(Path file) throws IOException;
  }

  private Trial() {}

  /** What is thrown but the refusal is a finding. */
  public static void of(
      String name, byte[] bytes, Class<? extends Exception> refusal, Reader reader)
      throws IOException {
    Path file = Files.write(folder().resolve(name), bytes);
    try {
      reader.read(file);
    } catch (Exception e) {
      if (!refusal.isInstance(e)) {
        throw new AssertionError("expected a " + refusal.getSimpleName(), e);
      }
      if (e instanceof IOException && e.getMessage().chars().anyMatch(Trial::isNotShown)) {
        throw new AssertionError("expected no control characters", e);
      }
    }
  }

  private static boolean isNotShown(int c) {
    return Character.isISOControl(c) && c != '\n';
  }

  /** The run's own. */
  public static Path folder() {
    return Path.of(System.getProperty("rootmean.fuzzing.folder"));
  }
}
