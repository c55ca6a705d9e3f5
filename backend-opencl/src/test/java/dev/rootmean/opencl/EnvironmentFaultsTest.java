package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.PrivateMount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What users meet on machines that are not set up well: one clear reason each time. */
class EnvironmentFaultsTest {
  @TempDir Path folder;

  @BeforeEach
  void pocl() {
    Pocl.demand();
  }

  private static ChildJvm tryDevices() {
    return tryDevices(JoclMode.CODES);
  }

  private static ChildJvm tryDevices(JoclMode mode) {
    return Pocl.alone(Pocl.tryDevices(mode));
  }

  /** The reason why there is nothing, the same on both ways to it, and in one line. */
  private static String reason(ChildJvm child) {
    return reason(child.run("").succeeded());
  }

  private static String reason(ChildJvm.Outcome outcome) {
    String reason = outcome.line("reason");
    assertEquals(
        "opencl: open: " + reason + "; " + outcome.line("remedy"), outcome.line("refused"));
    assertFalse(outcome.line("refused").contains("\\n"), reason);
    return reason;
  }

  @ParameterizedTest
  @EnumSource
  void withoutPlatforms(JoclMode mode) {
    assertEquals(
        "no OpenCL platform is installed",
        reason(tryDevices(mode).environment("OCL_ICD_VENDORS", folder)));
  }

  @ParameterizedTest
  @EnumSource
  void withADriverThatIsGone(JoclMode mode) throws IOException {
    Files.writeString(folder.resolve("gone.icd"), "libgone.so.1\n");
    assertEquals(
        "no OpenCL platform is installed",
        reason(tryDevices(mode).environment("OCL_ICD_VENDORS", folder)));
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

  @ParameterizedTest
  @EnumSource
  void withoutAPlaceForPoclsCache(JoclMode mode) throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    ChildJvm child = tryDevices(mode).environment("POCL_CACHE_DIR", file.resolve("cache"));
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

  @ParameterizedTest
  @EnumSource
  void eachOfSeveralDevicesCanBeOpened(JoclMode mode) {
    ChildJvm.Outcome outcome =
        tryDevices(mode)
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

  @ParameterizedTest
  @EnumSource
  void aKernelThatDoesNotBuildIsTold(JoclMode mode) {
    ChildJvm.Outcome outcome =
        tryDevices(mode)
            .environment("POCL_EXTRA_BUILD_FLAGS", "-Dupdate=3x")
            .run(Pocl.DEVICE)
            .succeeded();
    String refused = outcome.line("refused");
    assertTrue(refused.contains("CL_BUILD_PROGRAM_FAILURE, -11"), refused);
    assertTrue(refused.contains(" error"), refused);
    assertFalse(refused.contains("\\n"), refused);
    assertFalse(refused.contains("LD_PRELOAD"), refused);
  }

  /** A build may fail because PoCL's compiler is stopped by a signal that the JVM needs. */
  @Test
  void withoutLibjsigAFailedBuildCarriesTheRemedy() {
    ChildJvm child = tryDevices().option("-Xint").without("LD_PRELOAD");
    ChildJvm.Outcome outcome =
        child.environment("POCL_EXTRA_BUILD_FLAGS", "-Dupdate=3x").run(Pocl.DEVICE).succeeded();
    String refused = outcome.line("refused");
    assertTrue(refused.contains("; PoCL takes over signals"), refused);
    assertTrue(refused.contains("LD_PRELOAD="), refused);
  }

  /** Where /sys is not mounted, as in some containers; PoCL would abort. */
  @Test
  void withoutSysPoclIsNotAsked() {
    ChildJvm.Outcome outcome =
        PrivateMount.run(tryDevices(), OpenClErrors.BACKEND, Path.of("/sys"), "ro", "");
    String reason = reason(outcome);
    assertTrue(reason.endsWith("there is no /sys/devices/system/cpu"), reason);
    assertTrue(outcome.line("remedy").contains("mount /sys"));
  }

  /** Arabic has digits of its own, which no compiler takes. */
  @Test
  void underALocaleWithOtherDigits() {
    ChildJvm child = tryDevices().option("-Duser.language=ar").option("-Duser.country=EG");
    child.run(Pocl.DEVICE).succeeded().line("opened");
    String refused = child.run("99").succeeded().line("refused");
    assertTrue(refused.contains("there is opencl:0, "), refused);
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
