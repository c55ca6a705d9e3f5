package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.contract.machinery.RecordedWork;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a flight recording says of a backend, in a JVM of its own that begins without one. */
public abstract class RecordingContract {
  /**
   * Describes a JVM that has the backend, or skips the test.
   *
   * @param main its main class
   * @return to be started
   */
  protected abstract ChildJvm child(Class<?> main);

  /**
   * Names the backend.
   *
   * @return as in {@link dev.rootmean.Backends#open(String)}
   */
  protected abstract String backend();

  /**
   * Whether it builds programs of kernels.
   *
   * @return false if it has loops in Java
   */
  protected abstract boolean builds();

  /**
   * How the host's memory is called that {@link dev.rootmean.OptimizerBackend#allocateHost} takes.
   *
   * @return page-locked or pageable
   */
  protected abstract String memoryOfTheHost();

  private ChildJvm child() {
    return child(RecordedWork.class).argument(backend());
  }

  private String[] expected() {
    return new String[] {Boolean.toString(builds()), memoryOfTheHost()};
  }

  @Test
  void eachEventIsRecorded() {
    child().run(expected()).succeeded();
  }

  @Test
  void eachEventIsRecordedOfModulesToo(@TempDir Path jars) {
    child().onModulePath(jars).option("--add-modules=jdk.jfr").run(expected()).succeeded();
  }

  /** To load the first event takes a fifth of a second. */
  @Test
  void noEventIsLoadedWhereNobodyRecords() {
    ChildJvm.Outcome outcome =
        child().option("-Xlog:class+load:stdout").run(RecordedWork.NOTHING).succeeded();
    List<String> loaded =
        outcome
            .text()
            .lines()
            .filter(line -> line.contains("jdk.jfr.") || line.contains("dev.rootmean.events."))
            .map(line -> line.replaceAll("^\\S+ (\\S+) .*", "$1"))
            .toList();
    assertEquals(
        List.of("dev.rootmean.events.FlightRecording", "jdk.jfr.FlightRecorder"),
        loaded.stream().sorted().toList());
  }

  @Test
  void aJvmWithoutAFlightRecorderStepsToo() {
    child()
        .option("--limit-modules=java.base,java.logging,java.management,jdk.unsupported")
        .run(RecordedWork.NOTHING)
        .succeeded();
  }
}
