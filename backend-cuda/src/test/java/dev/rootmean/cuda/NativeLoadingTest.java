package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.NativeLoadingContract;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import jcuda.LibUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLoadingTest extends NativeLoadingContract {
  @Override
  protected String libraryName() {
    String name = JCudaLibrary.fileName();
    assertNotNull(LibUtils.class.getResource("/lib/" + name), name + " of the jar");
    return name;
  }

  @Override
  protected ChildJvm tryDevices() {
    return OnTheEmulator.tryDevices();
  }

  @Override
  protected String device() {
    return "Emulated";
  }

  /** What a JVM that ended while it wrote would leave; JCuda alone would load it, and crash. */
  @Test
  void aTruncatedLeftOverIsNotLoaded(@TempDir Path temporary) throws IOException {
    byte[] library;
    try (InputStream in = LibUtils.class.getResourceAsStream("/lib/" + libraryName())) {
      library = in.readAllBytes();
    }
    byte[] half = Arrays.copyOf(library, library.length / 2);
    Path leftOver = Files.write(temporary.resolve(libraryName()), half);
    tryDevices().temporaryFolder(temporary).run(device()).succeeded().line("opened");
    assertArrayEquals(half, Files.readAllBytes(leftOver));
  }
}
