package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;

/**
 * A main class of the tests, to be run in a JVM of its own: under another environment, or because
 * what goes wrong may end the process. libjsig is preloaded unless told otherwise.
 */
public final class ChildJvm {
  /** Far more than any of them takes, for machines that are busy. */
  private static final int TIMEOUT_SECONDS = LongTests.areWanted() ? 1_800 : 300;

  /** What an application with modules would have on its module path; no tests' jar. */
  private static final Pattern MODULE =
      Pattern.compile("(optimizer-api|kernels|backend-|jcuda|jocl|slf4j-api)(?!.*-tests\\.jar).*");

  /** libjsig's word on the helper by which later JDKs start a process, on that one's output. */
  private static final Pattern NOT_ITS_OWN =
      Pattern.compile("(?m)^.* VM warning: the use of signal\\(\\) and sigset\\(\\) .*\\R?");

  private static final ToolProvider JAR = ToolProvider.findFirst("jar").orElseThrow();

  private static final String HOME = System.getProperty("java.home");

  /**
   * How a JVM ended.
   *
   * @param status its exit status; a signal's is 128 and its number
   * @param text what it printed, both streams
   */
  public record Outcome(int status, String text) {
    /**
     * Fails unless the status is 0.
     *
     * @return this
     */
    public Outcome succeeded() {
      assertEquals(0, status, text);
      return this;
    }

    /**
     * The lines that begin with a word and a colon.
     *
     * @param word the word
     * @return the rest of each
     */
    public List<String> lines(String word) {
      return text.lines()
          .filter(line -> line.startsWith(word + ": "))
          .map(line -> line.substring(word.length() + 2))
          .toList();
    }

    /**
     * The only such line.
     *
     * @param word the word
     * @return the rest of it
     */
    public String line(String word) {
      List<String> lines = lines(word);
      assertEquals(1, lines.size(), () -> "lines with " + word + " in: " + text);
      return lines.get(0);
    }
  }

  /**
   * One that is on its way.
   *
   * @param process the JVM
   * @param output where it prints to
   */
  public record Running(Process process, Path output) {
    /**
     * Waits for its end.
     *
     * @return how it ended
     */
    public Outcome await() {
      try {
        boolean ended = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        String text = NOT_ITS_OWN.matcher(Files.readString(output)).replaceAll("");
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
  private String java = HOME + "/bin/java";
  private final List<String> launcher = new ArrayList<>();
  private final List<String> options = new ArrayList<>();
  private final List<String> first = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>(); // null takes one away
  private List<String> classPath =
      List.of(System.getProperty("java.class.path").split(File.pathSeparator));

  private ChildJvm(Class<?> main) {
    this.main = main;
    environment.put("LD_PRELOAD", HOME + "/lib/libjsig.so");
  }

  /**
   * A JVM to be started.
   *
   * @param main its main class
   * @return a description to add to
   */
  public static ChildJvm of(Class<?> main) {
    return new ChildJvm(main);
  }

  /**
   * Takes another Java than the one that runs the tests, without libjsig.
   *
   * @param executable its launcher
   * @return this
   */
  public ChildJvm java(String executable) {
    java = executable;
    return without("LD_PRELOAD");
  }

  /**
   * Has another program start it.
   *
   * @param words the program and its arguments, which Java's command line follows
   * @return this
   */
  public ChildJvm launchedBy(String... words) {
    launcher.addAll(List.of(words));
    return this;
  }

  /**
   * Adds an option.
   *
   * @param option one of Java's
   * @return this
   */
  public ChildJvm option(String option) {
    options.add(option);
    return this;
  }

  /**
   * Adds an argument of the main class that comes before those it is started with.
   *
   * @param argument the argument
   * @return this
   */
  public ChildJvm argument(String argument) {
    first.add(argument);
    return this;
  }

  /**
   * Sets its folder for temporary files.
   *
   * @param folder which need not exist
   * @return this
   */
  public ChildJvm temporaryFolder(Path folder) {
    return option("-Djava.io.tmpdir=" + folder);
  }

  /**
   * Sets an environment variable.
   *
   * @param name the variable's
   * @param value as {@link Object#toString} gives it
   * @return this
   */
  public ChildJvm environment(String name, Object value) {
    environment.put(name, value.toString());
    return this;
  }

  /**
   * Has the C library speak German where it can: nothing may hang on its words.
   *
   * @return this
   */
  public ChildJvm inGerman() {
    return environment("LANGUAGE", "de").environment("LC_ALL", "C.UTF-8");
  }

  /**
   * Takes an environment variable away.
   *
   * @param name the variable's
   * @return this
   */
  public ChildJvm without(String name) {
    environment.put(name, null);
    return this;
  }

  /**
   * Takes jars away from its class path.
   *
   * @param jar how their files' names begin
   * @return this
   */
  public ChildJvm lacking(String jar) {
    classPath =
        classPath.stream().filter(entry -> !nameOf(Path.of(entry)).startsWith(jar)).toList();
    return this;
  }

  /**
   * Puts the library and what it needs on the module path; what is the tests' own stays on the
   * class path.
   *
   * @param jars a folder for jars that are made for it
   * @return this
   */
  public ChildJvm onModulePath(Path jars) {
    Map<Boolean, List<String>> parts =
        classPath.stream()
            .collect(Collectors.partitioningBy(e -> MODULE.matcher(nameOf(Path.of(e))).matches()));
    classPath = parts.get(false);
    List<String> modules = new ArrayList<>();
    for (String entry : parts.get(true)) {
      Path from = Path.of(entry);
      String to = jars.resolve(nameOf(from) + ".jar").toString();
      if (Files.isDirectory(from)) {
        int status = JAR.run(System.out, System.err, "-c", "-f", to, "-C", entry, ".");
        assertEquals(0, status, to);
      }
      modules.add(Files.isDirectory(from) ? to : entry);
    }
    option("--module-path=" + String.join(File.pathSeparator, modules));
    return option("--add-modules=dev.rootmean"); // as a module does that requires it
  }

  /** A jar's file name; the module's where Maven gives the folder with its classes instead. */
  private static String nameOf(Path entry) {
    return entry.endsWith("target/classes")
        ? entry.getParent().getParent().getFileName().toString()
        : entry.getFileName().toString();
  }

  /**
   * Starts it.
   *
   * @param arguments further ones of the main class
   * @return the JVM on its way
   */
  public Running start(String... arguments) {
    List<String> command = new ArrayList<>(launcher);
    command.add(java);
    command.addAll(options);
    command.addAll(List.of("-cp", String.join(File.pathSeparator, classPath), main.getName()));
    command.addAll(first);
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    environment.forEach((name, value) -> builder.environment().compute(name, (n, was) -> value));
    try {
      Path output = Files.createTempFile("child-jvm-", ".txt");
      return new Running(builder.redirectOutput(output.toFile()).start(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts it and waits for its end.
   *
   * @param arguments further ones of the main class
   * @return how it ended
   */
  public Outcome run(String... arguments) {
    return start(arguments).await();
  }
}
