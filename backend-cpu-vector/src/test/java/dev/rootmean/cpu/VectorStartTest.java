package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.ChildJvm.Outcome;
import dev.rootmean.cpu.vector.AllAtOnce;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How Java is started decides how memory is stepped, and not what comes of it. */
class VectorStartTest {
  private static final String APPLICATION = "dev.rootmean.application.StepWrapped";
  private static final String STAGED = ", wrapped memory staged: ";
  private static final String IN_PLACE = ", wrapped memory in place once compiled";
  private static final String MODULE = "--add-modules=jdk.incubator.vector";

  private static String bits;

  private static ChildJvm jvm() throws ClassNotFoundException {
    return ChildJvm.of(Class.forName(APPLICATION));
  }

  @BeforeAll
  static void withoutTheJar() throws ClassNotFoundException {
    Outcome outcome = jvm().lacking("backend-cpu-vector").run().succeeded();
    assertEquals("", outcome.line("device"));
    bits = outcome.line("bits");
  }

  private static void check(String device, Outcome outcome) {
    outcome.succeeded();
    assertEquals(device, outcome.line("device"));
    assertEquals(bits, outcome.line("bits"));
  }

  @Test
  void withTheModule() throws ClassNotFoundException {
    check(IN_PLACE, jvm().option(MODULE).run());
  }

  @Test
  void withoutTheModule() throws ClassNotFoundException {
    check(STAGED + "start Java with --add-modules jdk.incubator.vector", jvm().run());
  }

  @Test
  void modulesWithTheModule(@TempDir Path folder) throws ClassNotFoundException {
    check(IN_PLACE, jvm().onModulePath(folder).option(MODULE).run());
  }

  @Test
  void modulesWithoutTheModule(@TempDir Path folder) throws ClassNotFoundException {
    check(
        STAGED + "start Java with --add-modules jdk.incubator.vector",
        jvm().onModulePath(folder).run());
  }

  @Test
  void modulesMayNotUseIt(@TempDir Path folder) throws ClassNotFoundException {
    check(
        STAGED + "start Java with --enable-native-access=dev.rootmean.cpu.vector",
        jvm()
            .onModulePath(folder)
            .option(MODULE)
            .option("--enable-native-access=dev.rootmean,ALL-UNNAMED")
            .option("--illegal-native-access=deny")
            .run());
  }

  @Test
  void whatIsNeverCompiledIsStaged() throws ClassNotFoundException {
    check(IN_PLACE, jvm().option(MODULE).option("-XX:TieredStopAtLevel=1").run());
  }

  @Test
  void addressesBehind2To31And2To32ElementsInPlace() {
    Outcome outcome = ChildJvm.of(FarInPlace.class).option(MODULE).run().succeeded();
    long stepped = Long.parseLong(outcome.line("stepped"));
    assertTrue(stepped > 8 * Pages.SIZE - 1_000, stepped + " elements"); // 4 steps, 2 pages each
  }

  /** {@link LongWrapTest.FarAddresses} in place. */
  static final class FarInPlace {
    private FarInPlace() {}

    public static void main(String[] arguments) {
      AllAtOnce all = new AllAtOnce();
      LongWrapTest.FarAddresses.check(() -> new CpuDevice(2, all));
      System.out.println("stepped: " + all.stepped());
    }
  }

  @Test
  void anOlderJavaIsToldWhatItLacks() throws ClassNotFoundException {
    String release = System.getProperty("rootmean.test.built-on");
    assumeTrue(Integer.parseInt(release) < 22, "Java " + release + " builds: too late for this");
    ChildJvm older = jvm().java(System.getProperty("rootmean.test.built-by"));
    check(STAGED + "backend-cpu-vector needs Java 22 or later", older.run());
  }
}
