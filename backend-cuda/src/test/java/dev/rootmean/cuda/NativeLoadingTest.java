package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.NativeLoadingContract;
import dev.rootmean.contract.TryDevices;
import dev.rootmean.emulator.CudaEmulator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLoadingTest extends NativeLoadingContract {
  @Override
  protected String libraryName() {
    String name = System.mapLibraryName("JCudaDriver-12.6.0-linux-x86_64");
    assertNotNull(getClass().getResource("/lib/" + name), name + " of the jar");
    return name;
  }

  /** The linker finds the emulated driver as it would find a real one. */
  @Override
  protected ChildJvm tryDevices() {
    EmulatedCuda.demand();
    return ChildJvm.of(TryDevices.class)
        .argument(CudaErrors.BACKEND)
        .environment("LD_LIBRARY_PATH", CudaEmulator.library().getParent());
  }

  @Override
  protected ChildJvm withoutDriver() {
    return OnTheEmulator.withoutDriver();
  }

  @Override
  protected Map<String, String> missing() {
    return Map.of(
        "jcuda-12",
        "JCuda is not on the class path; add the dependency org.jcuda:jcuda",
        "jcuda-natives",
        "org.jcuda:jcuda-natives (linux-x86_64) is not on the class path;"
            + " add the dependency org.jcuda:jcuda-natives for linux-x86_64");
  }

  @Override
  protected String device() {
    return "Emulated";
  }

  /** What a JVM that ended while it wrote would leave; JCuda alone would load it, and crash. */
  @Test
  void aTruncatedLeftOverIsNotLoaded(@TempDir Path temporary) throws IOException {
    byte[] library;
    try (InputStream in = getClass().getResourceAsStream("/lib/" + libraryName())) {
      library = in.readAllBytes();
    }
    byte[] half = Arrays.copyOf(library, library.length / 2);
    Path leftOver = Files.write(temporary.resolve(libraryName()), half);
    tryDevices().temporaryFolder(temporary).run(device()).succeeded().line("opened");
    assertArrayEquals(half, Files.readAllBytes(leftOver));
  }
}
