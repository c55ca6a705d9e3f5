package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.RequiredBackends;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The kernels in a simulator that checks each access: within its buffer, initialized, no race. It
 * reports to a log alone, so a log that is not empty is a failure.
 */
@Tag("any-jdk")
@Tag("thorough")
class OclgrindTest {
  @TempDir Path folder;
  private Path log;

  @BeforeEach
  void oclgrind() throws IOException {
    Optional<Path> library = library();
    if (library.isEmpty()) {
      RequiredBackends.skipOrFail(
          OpenClErrors.BACKEND, "the kernels go unchecked: oclgrind is not installed");
    }
    Files.writeString(folder.resolve("oclgrind.icd"), library.get() + "\n");
    log = folder.resolve("log");
  }

  /** What an ICD loader loads, beside the program's own folder. */
  private static Optional<Path> library() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(folder -> Path.of(folder, "oclgrind"))
        .filter(Files::isExecutable)
        .map(program -> program.getParent().resolveSibling("lib"))
        .flatMap(lib -> Stream.of(lib.resolve("oclgrind"), lib))
        .map(lib -> lib.resolve("liboclgrind-rt-icd.so"))
        .filter(Files::exists)
        .findFirst();
  }

  private ChildJvm watched(Class<?> main) {
    return ChildJvm.of(main)
        .environment("OCL_ICD_VENDORS", folder)
        .environment("OCLGRIND_LOG", log)
        .environment("OCLGRIND_DATA_RACES", 1)
        .environment("OCLGRIND_UNINITIALIZED", 1);
  }

  private String log() throws IOException {
    return Files.exists(log) ? Files.readString(log) : "";
  }

  @Test
  void theStepsTouchOnlyWhatIsTheirs() throws IOException {
    ChildJvm.Outcome outcome = watched(OclgrindSteps.class).run().succeeded();
    assertEquals("302", outcome.line("trials"));
    assertEquals("", log());
  }

  @ParameterizedTest
  @CsvSource({
    "a[i + 1] = 1, Invalid write of size 4",
    "a[i] = a[i - 1], Invalid read of size 4",
    "a[0] = i, data race at global memory",
    "a[i] = a[n - 1 - i], data race at global memory",
    "'float x[2]; x[0] = 1; a[i] = x[i % 2]', Uninitialized value"
  })
  void plantedFaultsAreFound(String body, String report) throws IOException {
    assertTrue(planted(body).contains("Oclgrind"));
    assertTrue(log().contains(report), this::quietly);
  }

  @Test
  void aSoundKernelLeavesNoReport() throws IOException {
    planted("a[i] = a[i] + 1");
    assertEquals("", log());
  }

  private String planted(String body) {
    return watched(PlantedKernel.class).run(body).succeeded().line("ran");
  }

  private String quietly() {
    try {
      return "the log: " + log();
    } catch (IOException e) {
      return e.toString();
    }
  }
}
