package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Preset;
import dev.rootmean.contract.LogCapture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A line for each checkpoint, with what a user wants to see of the steps before it. */
@StartsSpark
class TrainingLogTest {
  private static final int WORKERS = 2;
  private static final Problem PROBLEM = Problem.of(Preset.PYTORCH.rule());

  @TempDir private Path folder;

  private ShardedTraining resume() throws IOException {
    return PROBLEM
        .builder(LocalSpark.get(), folder)
        .checkpoints(folder, 2)
        .shards(3)
        .resume(
            Problem.data(LocalSpark.get(), WORKERS), Problem.function(PROBLEM.lengths().size()));
  }

  private static void assertLines(List<String> expected, List<String> found) {
    assertEquals(expected.size(), found.size(), found.toString());
    for (int i = 0; i < expected.size(); i++) {
      assertTrue(found.get(i).matches(expected.get(i)), found.get(i));
    }
  }

  @Test
  void hasALineForEachCheckpoint() throws IOException {
    LogCapture log = LogCapture.of(ShardedTraining.class);
    log.start();
    try {
      try (ShardedTraining training = resume()) {
        training.run(4);
        training.save();
      }
      resume().close();
    } finally {
      log.stop();
    }
    String sizes = "1289 parameters in 3 shards, gradients of 2 workers";
    String speed = "\\d+\\.\\d\\d s a step, ";
    String saved = "0 skipped, saved in " + Pattern.quote(folder.toString());
    assertLines(
        List.of(
            "INFO begins: " + sizes,
            "INFO step 2: loss 1\\.50000, " + speed + saved,
            "INFO step 4: loss 3\\.50000, " + speed + saved,
            "INFO step 4: " + saved,
            "INFO goes on after step 4: " + sizes),
        log.lines());
  }
}
