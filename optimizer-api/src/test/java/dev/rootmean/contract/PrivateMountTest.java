package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

class PrivateMountTest {
  /** The child: a system without unshare has it skip. */
  public static void main(String[] arguments) {
    ChildJvm child = ChildJvm.of(PrivateMountTest.class);
    try {
      PrivateMount.run(child, "cpu", Path.of(arguments[0]), "ro");
    } catch (TestAbortedException e) {
      System.out.println("skipped: " + e.getMessage());
    }
  }

  @Test
  void whereThereIsNoUnshareItIsASkip(@TempDir Path folder) throws IOException {
    Files.copy(Path.of("/usr/bin/env"), folder.resolve("env"));
    ChildJvm.Outcome outcome =
        ChildJvm.of(PrivateMountTest.class)
            .environment("PATH", folder)
            .run(folder.toString())
            .succeeded();
    assertTrue(outcome.line("skipped").contains("unshare"), outcome.text());
  }
}
