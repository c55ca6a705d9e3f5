package dev.rootmean.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsProp.MomentumForm;
import dev.rootmean.contract.ScalarDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told where a checkpoint and an optimizer do not fit. */
final class DifferencesTest {
  private static final RmsProp RULE = RmsProp.builder().momentum(0.5).build();

  private final OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());

  @TempDir private Path temporary;

  @AfterEach
  void close() {
    backend.close();
  }

  private Checkpoints checkpoints() {
    return Checkpoints.in(temporary.resolve("of a/training"));
  }

  private OptimizerBuilder model() {
    return Optimizer.builder(backend, RULE)
        .parameter("a", 2, 3)
        .group("bias", rule -> rule.weightDecay(0.1).centered(true))
        .parameter("b", 3);
  }

  @Test
  void everyDifferenceIsToldAndNothingIsLoaded() throws Exception {
    try (Optimizer saved = model().build();
        Optimizer other =
            Optimizer.builder(backend, RULE.toBuilder().learningRate(0.5).momentum(0).build())
                .parameter("a", 3, 2)
                .parameter("c", 1)
                .group("scales", rule -> rule.centered(true))
                .parameter("d", 2)
                .policy(GradientPolicy.NONE.withNormClip(1))
                .build()) {
      checkpoints().save(saved);
      float[] before = {1, 2, 3, 4, 5, 6};
      other.parameter("a").write(before);
      try (Checkpoint checkpoint = checkpoints().latest().orElseThrow()) {
        CheckpointException refused =
            assertThrows(CheckpointException.class, () -> checkpoint.load(other));
        List<String> lines = refused.getMessage().lines().toList();
        assertEquals(checkpoint.path() + " does not fit the optimizer:", lines.get(0));
        assertEquals(checkpoint.differences(other), lines.subList(1, lines.size()));
        for (String line :
            List.of(
                "\"a\": \"F32[2, 3]\" in the checkpoint, \"F32[3, 2]\" here",
                "\"b\": \"F32[3]\" in the checkpoint, missing here",
                "\"c\": missing in the checkpoint, \"F32[1]\" here",
                "\"d\": missing in the checkpoint, \"F32[2]\" here",
                "\"rule.learningRate\": \"0.001\" in the checkpoint, \"0.5\" here",
                "\"rule.momentum\": \"0.5\" in the checkpoint, \"0.0\" here",
                "\"group.bias.decay\": \"0.9\" in the checkpoint, missing here",
                "\"group.scales.decay\": missing in the checkpoint, \"0.9\" here",
                "\"policy.normClip\": \"Infinity\" in the checkpoint, \"1.0\" here")) {
          assertTrue(lines.contains(line), line + " in " + refused.getMessage());
        }
        assertTrue(
            lines.stream().noneMatch(line -> line.contains("square_avg")), "told once a tensor");
      }
      float[] after = new float[6];
      other.parameter("a").read(after);
      assertArrayEquals(before, after);
      assertEquals(0.5, other.learningRate());
    }
  }

  @Test
  void eachKindOfDifferenceIsOneLine() throws Exception {
    GradientPolicy clipped = GradientPolicy.NONE.withNormClip(1);
    try (Optimizer saved = model().policy(clipped).build()) {
      checkpoints().save(saved);
      assertEquals(
          List.of(
              "\"precision\": \"accumulators FLOAT32, gradients FLOAT32, parameters FLOAT32\" in the"
                  + " checkpoint, \"accumulators FLOAT64, gradients FLOAT64, parameters FLOAT64\""
                  + " here: expected OptimizerBuilder.precision as in the checkpoint"),
          differences(model().policy(clipped).dataType(DataType.FLOAT64)));
      assertEquals(
          List.of("\"policy.normClip\": \"1.0\" in the checkpoint, \"2.0\" here"),
          differences(model().policy(clipped.withNormClip(2))));
      OptimizerBuilder later =
          Optimizer.builder(backend, RULE)
              .group("bias", rule -> rule.weightDecay(0.1).centered(true))
              .parameter("b", 3);
      assertEquals(
          List.of(
              "\"a\": \"F32[2, 3]\" in the checkpoint, missing here",
              "\"tensor.b.offset\": \"16384\" in the checkpoint, \"0\" here"),
          differences(later.policy(clipped)));
      assertEquals(List.of(), differences(model().policy(clipped)));
    }
  }

  private List<String> differences(OptimizerBuilder builder) throws IOException {
    try (Optimizer optimizer = builder.build();
        Checkpoint checkpoint = checkpoints().latest().orElseThrow()) {
      return checkpoint.differences(optimizer);
    }
  }

  /** Accumulators are named by a suffix, and so may parameters be. */
  @Test
  void aTensorIsToldAlsoWhereAnotherOneBeginsLikeIt() throws Exception {
    try (Optimizer saved =
        Optimizer.builder(backend, RULE).parameter("a", 1).parameter("a.weight", 1).build()) {
      checkpoints().save(saved);
      assertEquals(
          List.of(
              "\"a\": \"F32[1]\" in the checkpoint, \"F32[2]\" here",
              "\"a.weight\": \"F32[1]\" in the checkpoint, \"F32[2]\" here"),
          differences(Optimizer.builder(backend, RULE).parameter("a", 2).parameter("a.weight", 2)));
    }
  }

  @Test
  void otherRulesAreTakenWhereTheyAreAskedFor() throws Exception {
    try (Optimizer saved = model().build();
        Optimizer other =
            Optimizer.builder(backend, RULE.toBuilder().learningRate(0.25).build())
                .parameter("a", 2, 3)
                .group("scales", rule -> rule.centered(true))
                .parameter("b", 3)
                .policy(GradientPolicy.NONE.withNormClip(1))
                .build();
        Optimizer withoutMomentum =
            Optimizer.builder(backend, RmsProp.builder().build())
                .parameter("a", 2, 3)
                .parameter("b", 3)
                .build()) {
      saved.gradient("a").write(new float[] {1, 2, 3, 4, 5, 6});
      saved.step();
      checkpoints().save(saved);
      try (Checkpoint checkpoint = checkpoints().latest().orElseThrow()) {
        checkpoint.loadUnderOtherRules(other);
        assertEquals(1, other.stepCount());
        assertEquals(0.25, other.learningRate());
        assertArrayEquals(floats(saved), floats(other));
        CheckpointException refused =
            assertThrows(
                CheckpointException.class, () -> checkpoint.loadUnderOtherRules(withoutMomentum));
        assertEquals(4, refused.getMessage().lines().count(), refused.getMessage());
        assertTrue(refused.getMessage().contains("\"b.grad_avg\""), refused.getMessage());
        assertEquals(0, withoutMomentum.stepCount());
      }
    }
  }

  /** What is gathered with the learning rate in it, and without, is not the same. */
  @Test
  void momentumOfTheOtherFormIsRefusedUnderOtherRulesToo() throws Exception {
    RmsProp inside = RULE.toBuilder().momentumForm(MomentumForm.LR_INSIDE).build();
    try (Optimizer saved =
            Optimizer.builder(backend, RULE)
                .parameter("a", 2)
                .group("g", rule -> rule.momentum(0))
                .parameter("b", 1)
                .build();
        Optimizer other =
            Optimizer.builder(backend, inside)
                .parameter("a", 2)
                .group("h", rule -> rule.momentum(0))
                .parameter("b", 1)
                .build()) {
      checkpoints().save(saved);
      try (Checkpoint checkpoint = checkpoints().latest().orElseThrow()) {
        CheckpointException refused =
            assertThrows(CheckpointException.class, () -> checkpoint.loadUnderOtherRules(other));
        assertEquals(
            checkpoint.path()
                + " does not fit the optimizer:\n\"momentumForm of a\": \"LR_OUTSIDE\" in the"
                + " checkpoint, \"LR_INSIDE\" here",
            refused.getMessage());
      }
    }
  }

  private static float[] floats(Optimizer optimizer) {
    float[] floats = new float[6];
    optimizer.parameter("a").read(floats);
    return floats;
  }
}
