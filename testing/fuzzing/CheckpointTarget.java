package dev.rootmean.checkpoint;

import dev.rootmean.Backends;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.fuzzing.Trial;
import java.io.IOException;

/** What a checkpoint has beside the parameters: texts of rules, policy and progress. */
public final class CheckpointTarget {
  private static final OptimizerBackend BACKEND = Backends.open("cpu");
  private static final Optimizer OPTIMIZER = optimizer();

  private CheckpointTarget() {}

  private static Optimizer optimizer() {
    return Optimizer.builder(
            BACKEND, Preset.PYTORCH.rule().toBuilder().momentum(0.5).centered(true).build())
        .parameter("w", 2, 2)
        .group("g", rule -> rule.weightDecay(0.5))
        .parameter("b", 3)
        .policy(
            GradientPolicy.NONE
                .withNormClip(1)
                .withLossScale(GradientPolicy.LossScale.dynamic())
                .withMicroBatches(2))
        .build();
  }

  public static void fuzzerInitialize() throws IOException {
    Parameters.save(OPTIMIZER, Trial.folder().resolve(Checkpoint.MODEL));
  }

  public static void fuzzerTestOneInput(byte[] bytes) throws IOException {
    Trial.of(
        Checkpoint.STATE,
        bytes,
        CheckpointException.class,
        file -> {
          try (Checkpoint checkpoint = Checkpoint.open(file.getParent())) {
            checkpoint.differences(OPTIMIZER);
            checkpoint.loadUnderOtherRules(OPTIMIZER);
          }
        });
  }
}
