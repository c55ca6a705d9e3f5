package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import dev.rootmean.spi.Details;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a report says beside its devices, whatever fails. */
class ReportDetailsTest {
  private static BackendProvider provider(String name, Runnable more) {
    return new BackendProvider() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public int priority() {
        return 1;
      }

      @Override
      public Availability probe() {
        return Availability.none("", "", null);
      }

      @Override
      public OptimizerBackend open(String device) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void describe(Details details) {
        details.add("said", () -> "one\n  two");
        details.add("driver", () -> Files.readString(Path.of("/no/such/file")));
        details.add("blank", () -> " ");
        more.run();
      }
    };
  }

  @Test
  void whatFailsIsToldAndHidesNothing() {
    Map<String, Map<String, String>> details =
        ReportDetails.of(
            List.of(
                provider("first", () -> {}),
                provider(
                    "second",
                    () -> {
                      throw new NoClassDefFoundError("org/x/Driver");
                    })));
    String driver = "fails: java.nio.file.NoSuchFileException: /no/such/file";
    assertEquals(Map.of("said", "one; two", "driver", driver), details.get("first"));
    assertEquals(driver, details.get("second").get("driver"));
    assertEquals(
        "fails: java.lang.NoClassDefFoundError: org/x/Driver",
        details.get("second").get("description"));
    assertEquals(List.of("system", "first", "second"), List.copyOf(details.keySet()).subList(0, 3));
  }

  /** A child JVM's main class. */
  static final class Child {
    public static void main(String[] arguments) {
      System.out.println(Backends.report().text());
    }
  }

  /** Of what is set only that is told which a driver or this library goes by. */
  @Test
  void noSecretIsTold(@TempDir Path folder) {
    String text =
        ChildJvm.of(Child.class)
            .option("-Drootmean.leaks=simple")
            .option("-Dmy.password=tOpSeCrEt1")
            .environment("DB_PASSWORD", "tOpSeCrEt2")
            .environment("GPU_CLOUD_TOKEN", "tOpSeCrEt4")
            .environment(
                "JAVA_TOOL_OPTIONS", "-Xss2m -Ddb.password=tOpSeCrEt3 -XX:OnError=tOpSeCrEt5")
            .environment("POCL_CACHE_DIR", folder)
            .environment("ROOTMEAN_BACKEND", "cpu")
            .run()
            .succeeded()
            .text();
    String told = text.substring(text.indexOf("\nsettings")); // the JVM itself repeats its options
    assertFalse(told.contains("tOpSeCrEt"), told);
    assertFalse(text.replaceAll("Picked up JAVA_TOOL_OPTIONS.*", "").contains("tOpSeCrEt"), text);
    for (String line :
        List.of(
            "-Drootmean.leaks simple",
            "ROOTMEAN_BACKEND cpu",
            "JAVA_TOOL_OPTIONS -Xss2m",
            "POCL_CACHE_DIR " + folder)) {
      assertTrue(
          told.lines().anyMatch(l -> l.strip().replaceAll(" +", " ").equals(line)), line + told);
    }
  }

  @Test
  void aFolderIsToldWithItsSize(@TempDir Path folder) throws Exception {
    Files.write(Files.createDirectory(folder.resolve("in")).resolve("a"), new byte[3 << 20]);
    Files.write(folder.resolve("b"), new byte[1 << 19]);
    assertEquals(folder + " (2 files, 3.5 MiB)", Details.folder(folder));
    Path none = folder.resolve("none");
    assertEquals(none + " (not there)", Details.folder(none));
  }
}
