package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A main class of the tests, to be run in a JVM of its own: under another environment, or because
 * what goes wrong may end the process. libjsig is preloaded unless told otherwise.
 */
final class ChildJvm {
  /** Far more than any of them takes, for machines that are busy. */
  private static final int TIMEOUT_SECONDS = 300;

  private static final String HOME = System.getProperty("java.home");

  /** What a JVM printed, both streams, and its exit status; a signal's is 128 and its number. */
  record Outcome(int status, String text) {
    Outcome succeeded() {
      assertEquals(0, status, text);
      return this;
    }

    /** The lines that begin with the word and a colon, without these. */
    List<String> lines(String word) {
      return text.lines()
          .filter(line -> line.startsWith(word + ": "))
          .map(line -> line.substring(word.length() + 2))
          .toList();
    }

    /** The only such line. */
    String line(String word) {
      List<String> lines = lines(word);
      assertEquals(1, lines.size(), () -> "lines with " + word + " in: " + text);
      return lines.get(0);
    }
  }

  /** One that is on its way. */
  record Running(Process process, Path output) {
    Outcome await() {
      try {
        boolean ended = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        String text = Files.readString(output);
        Files.delete(output);
        return ended
            ? new Outcome(process.exitValue(), text)
            : fail("still running after " + TIMEOUT_SECONDS + " s: " + text);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        process.destroyForcibly();
        throw new AssertionError(e);
      }
    }
  }

  private final Class<?> main;
  private final List<String> launcher = new ArrayList<>();
  private final List<String> options = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>();

  private ChildJvm(Class<?> main) {
    this.main = main;
    environment.put("LD_PRELOAD", HOME + "/lib/libjsig.so");
  }

  static ChildJvm of(Class<?> main) {
    return new ChildJvm(main);
  }

  /** A program, with its arguments, that is given Java's command line as further ones. */
  ChildJvm launchedBy(String... words) {
    launcher.addAll(List.of(words));
    return this;
  }

  ChildJvm option(String option) {
    options.add(option);
    return this;
  }

  ChildJvm temporaryFolder(Path folder) {
    return option("-Djava.io.tmpdir=" + folder);
  }

  ChildJvm environment(String name, Object value) {
    environment.put(name, value.toString());
    return this;
  }

  ChildJvm without(String name) {
    environment.put(name, null);
    return this;
  }

  Running start(String... arguments) {
    List<String> command = new ArrayList<>(launcher);
    command.add(HOME + "/bin/java");
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    environment.forEach(
        (name, value) -> {
          if (value == null) {
            builder.environment().remove(name);
          } else {
            builder.environment().put(name, value);
          }
        });
    try {
      Path output = Files.createTempFile("child-jvm-", ".txt");
      return new Running(builder.redirectOutput(output.toFile()).start(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Outcome run(String... arguments) {
    return start(arguments).await();
  }
}
