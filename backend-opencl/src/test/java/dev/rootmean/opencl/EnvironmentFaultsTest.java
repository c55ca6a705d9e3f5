package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What users meet on machines that are not set up well: one clear reason each time. */
class EnvironmentFaultsTest {
  @TempDir Path folder;

  @BeforeEach
  void pocl() {
    Pocl.demand();
  }

  private static ChildJvm tryDevices() {
    return Pocl.alone(Pocl.tryDevices());
  }

  /** The reason why there is nothing, the same on both ways to it, and in one line. */
  private static String reason(ChildJvm child) {
    ChildJvm.Outcome outcome = child.run("").succeeded();
    String reason = outcome.line("reason");
    assertEquals(
        "opencl: open: " + reason + "; " + outcome.line("remedy"), outcome.line("refused"));
    assertFalse(outcome.line("refused").contains("\\n"), reason);
    return reason;
  }

  @Test
  void withoutPlatforms() {
    assertEquals(
        "no OpenCL platform is installed",
        reason(tryDevices().environment("OCL_ICD_VENDORS", folder)));
  }

  @Test
  void withADriverThatIsGone() throws IOException {
    Files.writeString(folder.resolve("gone.icd"), "libgone.so.1\n");
    assertEquals(
        "no OpenCL platform is installed",
        reason(tryDevices().environment("OCL_ICD_VENDORS", folder)));
  }

  @Test
  void withoutALoader() throws IOException {
    for (String name : new String[] {"libOpenCL.so.1", "libOpenCL.so"}) {
      Files.writeString(folder.resolve(name), "not a library");
    }
    ChildJvm child = tryDevices().environment("LD_LIBRARY_PATH", folder);
    assertTrue(reason(child).startsWith("JOCL cannot be loaded: "));
    assertTrue(child.run().line("remedy").contains("ocl-icd-libopencl1"));
  }

  @Test
  void withoutAPlaceForPoclsCache() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    ChildJvm child = tryDevices().environment("POCL_CACHE_DIR", file.resolve("cache"));
    String reason = reason(child);
    assertTrue(reason.contains(Pocl.DEVICE + " has no device"), reason);
    assertTrue(child.run().line("remedy").contains("POCL_CACHE_DIR"), "says what to set");
  }

  @ParameterizedTest
  @ValueSource(strings = {"99", "99999999999999999999", "-1", "warp drive", "1.5", "0x0", " 0"})
  void aDeviceThatIsNotThereIsToldWithThoseThatAre(String selector) {
    ChildJvm.Outcome outcome = tryDevices().run(selector).succeeded();
    String refused = outcome.line("refused");
    assertTrue(refused.contains("no device \"" + selector + "\": there is opencl:0, "), refused);
    for (String device : outcome.lines("device")) {
      String listed = "opencl:" + device.replaceFirst(" ", ", ");
      assertTrue(refused.contains(listed), refused);
    }
  }

  @Test
  void eachOfSeveralDevicesCanBeOpened() {
    ChildJvm.Outcome outcome =
        tryDevices()
            .environment("POCL_DEVICES", "pthread basic")
            .run("1", "0", "BASIC", "pThread", "cpu")
            .succeeded();
    List<String> devices = outcome.lines("device");
    assertEquals(2, devices.size(), outcome.text());
    String first = devices.get(0).replaceFirst("^0 ", "");
    String second = devices.get(1).replaceFirst("^1 ", "");
    String basic = first.startsWith("basic") ? first : second;
    String pthread = first.startsWith("pthread") ? first : second;
    assertNotEquals(basic, pthread);
    assertEquals(List.of(second, first, basic, pthread, first), outcome.lines("opened"));
  }

  @Test
  void aKernelThatDoesNotBuildCarriesTheLog() {
    ChildJvm.Outcome outcome =
        tryDevices()
            .environment("POCL_EXTRA_BUILD_FLAGS", "-Dupdate=3x")
            .run(Pocl.DEVICE)
            .succeeded();
    String refused = outcome.line("refused");
    assertTrue(refused.contains("CL_BUILD_PROGRAM_FAILURE, -11"), refused);
    assertTrue(refused.contains("invalid suffix 'x' on integer constant"), refused);
  }

  /** Interpreted, as compiled code is what misses its signals. */
  @Test
  void withoutLibjsigPoclIsOpenedWithAWarning() {
    ChildJvm child = tryDevices().option("-Xint");
    String without = child.without("LD_PRELOAD").run(Pocl.DEVICE).succeeded().text();
    String advice = "LD_PRELOAD=" + System.getProperty("java.home") + "/lib/libjsig.so";
    assertTrue(without.contains("WARNING: PoCL takes over signals"), without);
    assertTrue(without.contains(advice), without);
    String with = tryDevices().run(Pocl.DEVICE).succeeded().text();
    assertFalse(with.contains("WARNING: PoCL"), with);
  }
}
