package dev.rootmean.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.EventCapture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.Threshold;
import jdk.jfr.ValueDescriptor;
import org.junit.jupiter.api.Test;

/** The lists of docs/observability.md are those of the sources. */
class ObservabilityTest {
  private static final Path ROOT = Path.of("..");

  private static final List<Class<? extends Event>> EVENTS =
      List.of(
          StepEvent.class,
          TransferEvent.class,
          AllocationEvent.class,
          KernelBuildEvent.class,
          SkipEvent.class,
          FallbackEvent.class,
          LeakEvent.class);

  /** What each event has, and is not worth a word. */
  private static final Set<String> COMMON =
      Set.of("startTime", "duration", "eventThread", "stackTrace");

  /** A call of a logger whose text is literals; others have their texts elsewhere. */
  private static final Pattern CALL =
      Pattern.compile(
          "LOG\\s*\\.(debug|info|warn|error)\\(\\s*((?:\"(?:[^\"\\\\]|\\\\.)*\"\\s*\\+?\\s*)+)");

  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");

  private static final Pattern LOGGER =
      Pattern.compile("Logger LOG\\s*=\\s*LoggerFactory\\.getLogger\\((\\w+)\\.class\\)");

  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `(dev\\.[\\w.]+)` \\| ([A-Z]+) \\| `([^`]+)` \\|");

  private static String page() throws IOException {
    return Files.readString(ROOT.resolve("docs/observability.md"));
  }

  @Test
  void eachEventIsListedWithItsFieldsAndThreshold() throws IOException {
    List<String> rows = page().lines().filter(line -> line.startsWith("| `dev.root")).toList();
    for (Class<? extends Event> event : EVENTS) {
      EventType type = EventType.getEventType(event);
      String fields =
          type.getFields().stream()
              .map(ValueDescriptor::getName)
              .filter(name -> !COMMON.contains(name))
              .map(name -> "`" + name + "`")
              .collect(Collectors.joining(", "));
      String threshold =
          Optional.ofNullable(event.getAnnotation(Threshold.class))
              .map(given -> given.value().replace("us", "µs"))
              .orElse("0|none");
      Pattern row =
          Pattern.compile(
              "\\| `" + type.getName() + "` \\| (" + threshold + ") \\| " + fields + " \\|.*");
      assertTrue(rows.stream().anyMatch(r -> row.matcher(r).matches()), row::pattern);
    }
    assertEquals(
        EventCapture.NAMES.stream().map(name -> "dev.rootmean." + name).toList(),
        EVENTS.stream().map(event -> EventType.getEventType(event).getName()).toList());
  }

  @Test
  void eachLogLineIsListed() throws IOException {
    Set<String> listed = new TreeSet<>();
    Matcher row = ROW.matcher(page());
    while (row.find()) {
      listed.add(row.group(1) + " " + row.group(2) + " " + row.group(3));
    }
    Set<String> unseen = new TreeSet<>(listed);
    for (Path sources : sources()) {
      try (Stream<Path> files = Files.walk(sources)) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .forEach(file -> check(file, listed, unseen));
      }
    }
    unseen.removeIf(line -> line.endsWith(" {} of {}{}")); // at a level that is worked out
    unseen.removeIf(line -> line.contains(".opencl.OpenClProvider WARN PoCL takes over")); // a call
    assertEquals(Set.of(), unseen, "listed, and nowhere in the sources");
  }

  /** Of all modules. */
  private static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>();
    for (String parent : new String[] {"", "integrations", "testing"}) {
      try (Stream<Path> modules = Files.list(ROOT.resolve(parent))) {
        modules
            .map(module -> module.resolve("src/main/java"))
            .filter(Files::isDirectory)
            .forEach(sources::add);
      }
    }
    assertTrue(sources.size() > 5, sources::toString);
    return sources;
  }

  private static void check(Path file, Set<String> listed, Set<String> unseen) {
    String source;
    try {
      source = Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Matcher call = CALL.matcher(source);
    while (call.find()) {
      Matcher logger = LOGGER.matcher(source);
      assertTrue(logger.find(), file::toString);
      String text =
          LITERAL
              .matcher(call.group(2))
              .results()
              .map(r -> r.group(1))
              .collect(Collectors.joining());
      String line =
          name(source, logger.group(1)) + " " + call.group(1).toUpperCase(Locale.ROOT) + " " + text;
      assertTrue(listed.contains(line), () -> "not listed: " + line);
      unseen.remove(line);
    }
  }

  /** Of a class that the file names: imported, or of the same package. */
  private static String name(String source, String type) {
    Matcher imported = Pattern.compile("import (dev\\.[\\w.]+\\." + type + ");").matcher(source);
    Matcher own = Pattern.compile("(?m)^package ([\\w.]+);").matcher(source);
    assertTrue(own.find());
    return imported.find() ? imported.group(1) : own.group(1) + "." + type;
  }
}
