package dev.rootmean.gpu;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A program of its own, with what it prints and how it ends. */
final class Child {
  /** As a shell has it of a process that a signal has ended. */
  static final int KILLED = 128 + 9;

  private final List<String> command;
  private final Map<String, String> environment = new HashMap<>();
  private int limit = Integer.MAX_VALUE;
  private BooleanSupplier condition = () -> false;

  /**
   * How a program ended.
   *
   * @param status its exit status
   * @param lines what it printed, of both streams
   * @param seconds how long it took
   * @param stuck whether it was ended because of its limit
   */
  record Ended(int status, List<String> lines, double seconds, boolean stuck) {
    /** What it printed last. */
    String last() {
      return lines.isEmpty() ? "no output" : lines.get(lines.size() - 1);
    }
  }

  private Child(List<String> command) {
    this.command = command;
  }

  static Child of(List<String> command) {
    return new Child(command);
  }

  /** A class with a main method, on the Java and the class path of this process. */
  static Child java(Class<?> main, List<String> arguments) {
    return java(List.of(), main, arguments);
  }

  /** The same with options for the JVM. */
  static Child java(List<String> options, Class<?> main, List<String> arguments) {
    return new Child(javaCommand(options, main, arguments));
  }

  /** What starts it. */
  static List<String> javaCommand(List<String> options, Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+ErrorFileToStdout");
    command.add("-Drootmean.test.require=cuda,opencl"); // what is not there fails, or is SKIPPED
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    return command;
  }

  /** The program of a name, if the machine has it. */
  static Optional<String> find(String name, String... otherFolders) {
    return Stream.concat(
            Stream.of(System.getenv().getOrDefault("PATH", "/usr/bin:/bin").split(":")),
            Stream.of(otherFolders))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst();
  }

  Child with(Map<String, String> variables) {
    environment.putAll(variables);
    return this;
  }

  Child limit(int seconds) {
    limit = seconds;
    return this;
  }

  /** Has it killed when something has come to be. */
  Child until(BooleanSupplier condition) {
    this.condition = condition;
    return this;
  }

  Ended run() throws IOException, InterruptedException {
    return run(line -> {});
  }

  /** Hands on each line when it comes. */
  Ended run(Consumer<String> onLine) throws IOException, InterruptedException {
    long start = System.nanoTime();
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    Thread ending = new Thread(() -> end(process)); // with this process, so that nothing stays
    Runtime.getRuntime().addShutdownHook(ending);
    Watch watch = new Watch(process, start + TimeUnit.SECONDS.toNanos(limit));
    watch.start();
    List<String> lines = new ArrayList<>();
    process.getOutputStream().close();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
        onLine.accept(line);
      }
    }
    int status = process.waitFor();
    Runtime.getRuntime().removeShutdownHook(ending);
    return new Ended(status, lines, (System.nanoTime() - start) / 1e9, watch.stuck);
  }

  /** Ends a process at its limit, or when it is to be killed. */
  private final class Watch extends Thread {
    private static final long POLL_MILLIS = 2;

    private final Process process;
    private final long deadline;
    private volatile boolean stuck;

    Watch(Process process, long deadline) {
      this.process = process;
      this.deadline = deadline;
      setDaemon(true);
    }

    @Override
    public void run() {
      try {
        while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
          stuck = System.nanoTime() > deadline;
          if (stuck || condition.getAsBoolean()) {
            end(process);
          }
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e); // nobody does
      }
    }
  }

  /** Also what it has started: a pipe that one of them holds would never end. */
  private static void end(Process process) {
    List<ProcessHandle> all = process.descendants().toList();
    process.toHandle().destroyForcibly(); // that of the process would close what is being read
    all.forEach(ProcessHandle::destroyForcibly);
  }
}
