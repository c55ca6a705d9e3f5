package dev.rootmean.gpu;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a part finds: printed at once, and kept as a line of JSON, so that a part that is stuck
 * loses nothing of what it has found before.
 */
final class Findings {
  private final Path file;
  private final Map<String, String> predictions = predictions();
  private boolean failed;

  Findings(Path file) {
    this.file = file;
  }

  /** By name; what findings are compared with, and judged by nobody but the reader. */
  private static Map<String, String> predictions() {
    Map<String, String> found = new HashMap<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Findings.class.getResourceAsStream("predictions.txt"),
                StandardCharsets.US_ASCII))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith("#")) {
          String[] words = line.split(" *= *", 2);
          found.put(words[0], words[1]);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("predictions.txt of this jar cannot be read", e);
    }
    return found;
  }

  /** Something that is so. */
  void fact(String name, Object value) {
    print("%-52s %s", name, value);
    keep(named(name).put("value", String.valueOf(value)));
  }

  /** Something that was measured. */
  void figure(String name, double value, String unit) {
    keep(figure(name, value, unit, ""));
  }

  /** The same of a step, beside the device's own copy. */
  void step(String name, double microseconds, double copyShare) {
    String copy = String.format(Locale.ROOT, "%6.1f %% of copy", 100 * copyShare);
    keep(figure(name, microseconds, "us", copy).put("copyShare", copyShare));
  }

  private ObjectNode figure(String name, double value, String unit, String more) {
    String predicted = predictions.get(name);
    String expected = predicted == null ? "" : "  predicted for an H100: " + predicted;
    print("%-52s %12s %-5s %s%s", name, shown(value), unit, more, expected);
    ObjectNode finding = named(name).put("value", value).put("unit", unit);
    return predicted == null ? finding : finding.put("predicted", predicted);
  }

  /** Four digits, and no exponent. */
  private static String shown(double value) {
    int decimals = (int) Math.max(0, 3 - Math.floor(Math.log10(Math.max(1e-9, Math.abs(value)))));
    return String.format(Locale.ROOT, "%,." + Math.min(decimals, 4) + "f", value);
  }

  /** A line of another program, which is printed already. */
  void line(String line) {
    keep(named("line").put("value", line));
  }

  /** Something that must be so. */
  void check(String name, boolean passed, Object found) {
    print("%-52s %s%s", name, passed ? "" : "FAILED: ", found);
    keep(named(name).put("passed", passed).put("value", String.valueOf(found)));
    failed |= !passed;
  }

  /** Something that this machine cannot answer. */
  void skip(String name, String reason) {
    print("%-52s SKIPPED: %s", name, reason);
    keep(named(name).put("skipped", reason));
  }

  boolean failed() {
    return failed;
  }

  private static void print(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  private static ObjectNode named(String name) {
    return JsonNodeFactory.instance.objectNode().put("name", name);
  }

  private void keep(ObjectNode finding) {
    try {
      Files.writeString(file, finding + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
