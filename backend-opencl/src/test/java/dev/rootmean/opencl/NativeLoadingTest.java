package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.NativeLoadingContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

class NativeLoadingTest extends NativeLoadingContract {
  @TempDir Path empty;

  @Override
  protected String libraryName() {
    String arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "x86_64";
    String name = System.mapLibraryName("JOCL_2_0_6-linux-" + arch);
    assertNotNull(getClass().getResource("/lib/" + name), name + " of the jar");
    return name;
  }

  @Override
  protected ChildJvm tryDevices() {
    Pocl.demand();
    return Pocl.tryDevices();
  }

  @Override
  protected String device() {
    return Pocl.DEVICE;
  }

  /** The linker takes no other file than the one that it finds first. */
  @Override
  protected ChildJvm withoutDriver() throws IOException {
    for (String name : new String[] {"libOpenCL.so.1", "libOpenCL.so"}) {
      Files.write(empty.resolve(name), new byte[0]);
    }
    return Pocl.tryDevices().environment("LD_LIBRARY_PATH", empty);
  }

  @Override
  protected Map<String, String> missing() {
    return Map.of("jocl", "JOCL is not on the class path; add the dependency org.jocl:jocl");
  }
}
