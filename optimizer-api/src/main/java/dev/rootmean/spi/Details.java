package dev.rootmean.spi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a bug report says of a backend, line by line. What cannot be found out becomes a line that
 * says why, and hides no other.
 *
 * @since 0.1.0
 */
public final class Details {
  /** Of a folder, not more is looked at. */
  private static final int MOST_FILES = 20_000;

  private final Map<String, String> lines = new LinkedHashMap<>();

  /** Finds a value out. */
  @FunctionalInterface
  public interface Source {
    /**
     * Asks for it.
     *
     * @return the value; null or empty if there is nothing to say
     * @throws Exception if it cannot be found out
     */
    String get() throws Exception;
  }

  /** Begins without a line. */
  public Details() {}

  /**
   * Adds a line.
   *
   * @param name what it is of, in few words
   * @param value finds it out, now; whatever it throws is told instead
   */
  public void add(String name, Source value) {
    String found;
    try {
      found = value.get();
    } catch (Throwable e) { // a driver that fails is what the report is for
      found = "fails: " + e;
    }
    if (found != null && !found.isBlank()) {
      lines.put(name, found);
    }
  }

  /**
   * All lines.
   *
   * @return the values by their names, in their order
   */
  public Map<String, String> lines() {
    return Collections.unmodifiableMap(lines);
  }

  /**
   * A folder in words.
   *
   * @param folder whether it is there or not
   * @return where it is, and how large
   * @throws IOException if it cannot be gone through
   */
  public static String folder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return folder + " (not there)";
    }
    try (Stream<Path> all = Files.walk(folder)) {
      List<Path> found = all.limit(MOST_FILES).toList();
      int files = 0;
      long bytes = 0;
      for (Path file : found) {
        if (Files.isRegularFile(file)) { // others may remove what they have compiled meanwhile
          files++;
          bytes += file.toFile().length();
        }
      }
      String least = found.size() == MOST_FILES ? "at least " : "";
      return String.format(Locale.ROOT, "%s (%s%,d files, %s)", folder, least, files, bytes(bytes));
    }
  }

  /**
   * So many bytes in words.
   *
   * @param bytes how many
   * @return such as 1.5 GiB
   */
  public static String bytes(long bytes) {
    return bytes < 1 << 30
        ? String.format(Locale.ROOT, "%.1f MiB", bytes / 0x1p20)
        : String.format(Locale.ROOT, "%.1f GiB", bytes / 0x1p30);
  }
}
