package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.NativeLoadingContract;
import org.jocl.NativePointerObject;

class NativeLoadingTest extends NativeLoadingContract {
  @Override
  protected String libraryName() {
    String arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "x86_64";
    String name = System.mapLibraryName("JOCL_2_0_6-linux-" + arch);
    assertNotNull(NativePointerObject.class.getResource("/lib/" + name), name + " of the jar");
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
}
