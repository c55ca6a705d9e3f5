package dev.rootmean.cli.train;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.cli.Rootmean;
import dev.rootmean.contract.ChildJvm;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.WatchService;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a training does to its process and its machine, and they to it. */
class TrainProcessTest {
  /** Without the instruction, a fused multiply-add takes microseconds: minutes an epoch. */
  @Test
  void aProcessorThatCannotFuseTrainsToTheSameBits() {
    assertEquals(parametersSha256("-XX:+UseFMA"), parametersSha256("-XX:-UseFMA"));
  }

  /** Another user might overwrite it there before it is loaded. */
  @Test
  void nothingIsUnpackedToTheTemporaryFolder(@TempDir Path folder) throws Exception {
    try (WatchService watch = FileSystems.getDefault().newWatchService()) {
      folder.register(watch, ENTRY_CREATE); // what is deleted again is seen too
      train().temporaryFolder(folder).run().succeeded();
      assertEquals(List.of(), folder.register(watch, ENTRY_CREATE).pollEvents());
    }
  }

  private static String parametersSha256(String option) {
    String text = train().option(option).run("--json").succeeded().text();
    Matcher hash = Pattern.compile("\"parametersSha256\" ?: ?\"([0-9a-f]{64})\"").matcher(text);
    assertTrue(hash.find(), text);
    return hash.group(1);
  }

  private static ChildJvm train() {
    return ChildJvm.of(Rootmean.class)
        .argument("train")
        .argument("--backend=cpu")
        .argument("--epochs=1");
  }
}
