package dev.rootmean.cli.train;

import dev.rootmean.cli.BadInputException;
import dev.rootmean.cli.ProgressLine;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options by which a training is saved, and gone on with. */
final class CheckpointOptions {
  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = "Save the training there, see below; made if it is missing.")
  private Path directory;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "STEPS",
      description = "Save it after so many steps (default: after each epoch).")
  private Integer every;

  @Option(
      names = "--resume",
      description = "Go on with the training that --checkpoint has; begin if it has none.")
  private boolean resume;

  /** Refuses what cannot be before anything is done. */
  void requireUsable() {
    if (directory == null && (resume || every != null)) {
      throw new BadInputException(
          (resume ? "--resume" : "--checkpoint-every")
              + " without --checkpoint DIR: expected both");
    }
    if (every != null && every < 1) {
      throw new BadInputException("--checkpoint-every " + every + ": expected at least 1");
    }
  }

  /**
   * What these options ask for.
   *
   * @param others that a training which is gone on with must have as before, but for the rule's
   * @param steps of the whole training
   * @param stepsPerEpoch of each epoch
   */
  Training.Saving saving(
      Map<String, String> others,
      long steps,
      int stepsPerEpoch,
      ProgressLine line,
      PrintWriter err) {
    return directory == null
        ? new Training.Saving() {}
        : new TrainCheckpoints(
            directory, resume, every == null ? stepsPerEpoch : every, others, steps, line, err);
  }
}
