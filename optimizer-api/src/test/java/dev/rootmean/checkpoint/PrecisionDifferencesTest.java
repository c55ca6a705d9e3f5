package dev.rootmean.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.contract.ScalarDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told where a checkpoint and an optimizer store or round otherwise. */
final class PrecisionDifferencesTest {
  private static final RmsProp RULE = RmsProp.builder().momentum(0.5).centered(true).build();

  private final OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());

  @TempDir private Path folder;

  @AfterEach
  void close() {
    backend.close();
  }

  private OptimizerBuilder model(Precision precision) {
    return Optimizer.builder(backend, RULE)
        .parameter("a", 2, 3)
        .group("plain", rule -> rule.momentum(0).centered(false))
        .parameter("b", 40)
        .precision(precision);
  }

  @Test
  void anotherPrecisionIsOneLine() throws IOException {
    try (Optimizer saved = model(Precision.FLOAT32).build()) {
      Checkpoints.in(folder).save(saved);
    }
    String remedy = ": expected OptimizerBuilder.precision as in the checkpoint";
    assertEquals(
        List.of(
            "\"precision\": \"gradients FLOAT32, parameters FLOAT32, remainder false\" in the"
                + " checkpoint, \"gradients BFLOAT16, parameters BFLOAT16, remainder true\" here"
                + remedy),
        differences(Precision.BFLOAT16_WITH_REMAINDER));
    assertEquals(1, differences(Precision.FLOAT32.withAccumulators(DataType.BFLOAT16)).size());
    try (Optimizer saved = model(Precision.BFLOAT16).build()) {
      Checkpoints.in(folder).save(saved);
    }
    assertEquals(
        List.of("\"precision\": \"seed 0\" in the checkpoint, \"seed 1\" here" + remedy),
        differences(Precision.BFLOAT16.withSeed(1)));
    assertEquals(
        List.of(
            "\"precision\": \"gradients BFLOAT16\" in the checkpoint, \"gradients FLOAT32\" here"
                + remedy),
        differences(Precision.BFLOAT16.withGradients(DataType.FLOAT32)));
    assertEquals(List.of(), differences(Precision.BFLOAT16));
  }

  private List<String> differences(Precision precision) throws IOException {
    try (Optimizer optimizer = model(precision).build();
        Checkpoint checkpoint = Checkpoints.in(folder).latest().orElseThrow()) {
      List<String> differences = checkpoint.differences(optimizer);
      if (!differences.isEmpty()) {
        assertThrows(CheckpointException.class, () -> checkpoint.load(optimizer));
        assertEquals(0, optimizer.progress().attempts());
      }
      return differences;
    }
  }

  @Test
  void shapesAreToldBesideAnotherPrecision() throws IOException {
    try (Optimizer saved = model(Precision.BFLOAT16).build()) {
      Checkpoints.in(folder).save(saved);
    }
    try (Optimizer other =
            Optimizer.builder(backend, RULE)
                .parameter("a", 6)
                .group("plain", rule -> rule.momentum(0).centered(false))
                .parameter("b", 40)
                .build();
        Checkpoint checkpoint = Checkpoints.in(folder).latest().orElseThrow()) {
      List<String> lines = checkpoint.differences(other);
      assertTrue(
          lines.contains("\"a\": \"[2, 3]\" in the checkpoint, \"[6]\" here"), lines::toString);
      assertTrue(lines.stream().noneMatch(line -> line.startsWith("\"b\"")), lines::toString);
    }
  }

  /** Where a tensor is decides on its random bits, and on nothing without them. */
  @Test
  void tensorsInOtherPlacesAreToldWhereBitsAreRandom() throws IOException {
    for (Precision precision : List.of(Precision.BFLOAT16, Precision.BFLOAT16_WITH_REMAINDER)) {
      try (Optimizer saved = model(precision).build()) {
        saved.add("late", "plain", 2);
        Checkpoints.in(folder).save(saved);
      }
      try (Optimizer other = model(precision).parameter("late", 2).build();
          Checkpoint checkpoint = Checkpoints.in(folder).latest().orElseThrow()) {
        assertEquals(
            precision.equals(Precision.BFLOAT16)
                ? List.of("\"tensor.late.offset\": \"32768\" in the checkpoint, \"16424\" here")
                : List.of(),
            checkpoint.differences(other));
      }
    }
  }

  @Test
  void roundingMayBeAnotherUnderOtherRules() throws IOException {
    Precision nearest = Precision.of(DataType.BFLOAT16);
    Precision random = Precision.BFLOAT16.withAccumulators(DataType.BFLOAT16).withSeed(4);
    try (Optimizer saved = model(nearest).build();
        Optimizer other = model(random).build();
        Optimizer wider = model(Precision.BFLOAT16).build()) {
      saved.gradient("b").write(new float[40]);
      saved.step();
      Checkpoints.in(folder).save(saved);
      try (Checkpoint checkpoint = Checkpoints.in(folder).latest().orElseThrow()) {
        checkpoint.loadUnderOtherRules(other);
        assertEquals(1, other.stepCount());
        String told =
            assertThrows(CheckpointException.class, () -> checkpoint.loadUnderOtherRules(wider))
                .getMessage();
        assertTrue(told.contains("\"a.square_avg\": \"BF16[2, 3]\" in the"), told);
      }
    }
  }
}
