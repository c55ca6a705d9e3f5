package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.GradientPolicy.NonFinite;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.spi.Kernel;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layouts and policies that cannot be are told at once. */
class OptimizerBuilderTest {
  private static final RmsProp RULE = RmsProp.builder().learningRate(0.1).build();

  private final OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());

  @AfterEach
  void close() {
    backend.close();
  }

  private OptimizerBuilder layers() {
    return Optimizer.builder(backend, RULE)
        .parameter("a", 5, 7)
        .group("bias", rule -> rule.weightDecay(0))
        .parameter("c", 3, 2, 2);
  }

  @Test
  void layoutsThatCannotBeAreRefused() {
    refused("INT16", () -> layers().dataType(DataType.INT16));
    refused("without a name", () -> layers().parameter("", 1));
    refused("\"c\" is there already", () -> layers().parameter("c", 1));
    refused("\"bias\" is there already", () -> layers().group("bias", rule -> rule));
    refused("without a name", () -> layers().group("", rule -> rule));
    refused("\"x\" has shape [2, 0]", () -> layers().parameter("x", 2, 0));
    refused("\"x\" has shape [-1]", () -> layers().parameter("x", -1));
    refused("more than 2^63", () -> layers().parameter("x", 1L << 40, 1L << 40));
    refused("more than 2^63", () -> layers().parameter("x", Long.MAX_VALUE));
    int most = Integer.MAX_VALUE;
    OptimizerBuilder tables = layers().sparseParameter("t", most, most);
    refused("more than 2^63", () -> tables.sparseParameter("u", most, most));
    int last = most - Layout.ALIGNMENT / 2; // it ends below 2^63, and the next would not
    refused("more than 2^63", () -> tables.sparseParameter("u", last, 2));
    tables.sparseParameter("u", 1, 1); // which is not there yet
    refused("no parameters", () -> Optimizer.builder(backend, RULE).build().close());
    refused("\"empty\" has no", () -> layers().group("empty", rule -> rule).build().close());
    refused("decay -1.0", () -> layers().group("wrong", rule -> rule.decay(-1)));
    RmsProp still = RULE.toBuilder().learningRate(0).build();
    refused(
        "\"moving\" has learning rate 0.1",
        () ->
            Optimizer.builder(backend, still)
                .parameter("a", 1)
                .group("moving", rule -> rule.learningRate(0.1))
                .parameter("b", 1)
                .build()
                .close());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN})
  void policiesThatCannotBeAreRefused(double value) {
    refused("normClip " + value, () -> GradientPolicy.NONE.withNormClip(value));
    refused("valueClip " + value, () -> GradientPolicy.NONE.withValueClip(value));
    refused("initial " + value, () -> LossScale.constant(value));
    refused("growth " + value, () -> new LossScale(1, value, 0.5, 1, 1));
    refused("backoff " + value, () -> new LossScale(1, 2, value, 1, 1));
    refused("least " + value, () -> new LossScale(1, 2, 0.5, 1, value));
    refused("microBatches 0", () -> GradientPolicy.NONE.withMicroBatches(0));
    refused("initial Infinity", () -> LossScale.constant(Double.POSITIVE_INFINITY));
  }

  @Test
  void limitsOfPoliciesThatCannotBeAreRefused() {
    refused("least 2.0", () -> new LossScale(1, 2, 0.5, 1, 2));
    refused("growth Infinity", () -> new LossScale(1, Double.POSITIVE_INFINITY, 0.5, 1, 1));
    refused("backoff 1.5", () -> new LossScale(1, 2, 1.5, 1, 1));
    refused("growthInterval 0", () -> new LossScale(1, 2, 0.5, 0, 1));
    refused("growthInterval 1.6777217E7", () -> new LossScale(1, 2, 0.5, (1 << 24) + 1, 1));
    GradientPolicy scaling = GradientPolicy.NONE.withLossScale(LossScale.dynamic());
    assertEquals(NonFinite.SKIP_STEP, scaling.nonFinite());
    refused("nonFinite IGNORE", () -> scaling.withNonFinite(NonFinite.IGNORE));
    for (double value : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      refused("normClipEpsilon " + value, () -> GradientPolicy.NONE.withNormClip(1, value));
    }
  }

  /** What clips by the norm must not let through gradients that have none. */
  @Test
  void aNormClipSkipsWhatIsNotFiniteUnlessToldOtherwise() {
    GradientPolicy clipping = GradientPolicy.NONE.withNormClip(1);
    assertEquals(NonFinite.SKIP_STEP, clipping.nonFinite());
    assertEquals(NonFinite.IGNORE, clipping.withNonFinite(NonFinite.IGNORE).nonFinite());
    assertEquals(
        NonFinite.THROW,
        GradientPolicy.NONE.withNonFinite(NonFinite.THROW).withNormClip(1).nonFinite());
    assertEquals(
        NonFinite.IGNORE, GradientPolicy.NONE.withNormClip(Double.POSITIVE_INFINITY).nonFinite());
  }

  @Test
  void progressThatCannotBeIsRefused() {
    refused("attempts -1", () -> new Progress(-1, 0, 0, Set.of(), 0.1, 1, 0));
    refused("skippedSteps -1", () -> new Progress(2, -1, 0, Set.of(), 0.1, 1, 0));
    refused("skippedSteps 3", () -> new Progress(2, 3, 0, Set.of(), 0.1, 1, 0));
    refused("gatheredMicroBatches -1", () -> new Progress(2, 0, -1, Set.of(), 0.1, 1, 0));
    refused("gatheredMicroBatches 0", () -> new Progress(2, 0, 0, Set.of("a"), 0.1, 1, 0));
    refused("learningRate NaN", () -> new Progress(2, 0, 0, Set.of(), Double.NaN, 1, 0));
    refused("lossScale 0.0", () -> new Progress(2, 0, 0, Set.of(), 0.1, 0, 0));
    refused(
        "lossScale Infinity",
        () -> new Progress(2, 0, 0, Set.of(), 0.1, Double.POSITIVE_INFINITY, 0));
    refused("goodSteps -1", () -> new Progress(2, 0, 0, Set.of(), 0.1, 1, -1));
  }

  @Test
  void aNormThatNobodyMeasuresIsRefused() {
    for (GradientPolicy policy :
        new GradientPolicy[] {GradientPolicy.NONE, GradientPolicy.NONE.withValueClip(1)}) {
      try (Optimizer optimizer = layers().policy(policy).build()) {
        String told =
            assertThrows(IllegalStateException.class, optimizer::gradientNorm).getMessage();
        assertTrue(told.startsWith("no norm is measured"), told);
      }
    }
  }

  /** Where the type is known: 1e-46 is 0 in floats, and a gradient of 0 would give NaN. */
  @Test
  void rulesThatTheTypeCannotHoldAreRefused() {
    for (RmsProp lost :
        List.of(
            RULE.toBuilder().epsilon(1e-46).build(),
            RULE.toBuilder().initialSquareAverage(1e-46).build())) {
      OptimizerBuilder builder = Optimizer.builder(backend, lost).parameter("a", 1);
      refused(" 1.0E-46 is 0 in FLOAT32: expected at least 1.4E-45", () -> builder.build().close());
      builder.dataType(DataType.FLOAT64).build().close();
    }
    OptimizerBuilder large =
        Optimizer.builder(backend, RULE.toBuilder().initialSquareAverage(3.4e38).build())
            .parameter("a", 1)
            .precision(Precision.FLOAT32.withAccumulators(DataType.BFLOAT16));
    refused(
        "initialSquareAverage 3.4E38 is infinite in BFLOAT16: expected less",
        () -> large.build().close());
    large.precision(Precision.FLOAT32).build().close();
    RmsProp fading = RULE.toBuilder().learningRate(1e-46).epsilon(0).build();
    Optimizer.builder(backend, fading).parameter("a", 1).build().close();
  }

  @Test
  void decisionsOfNoLengthAreRefused() {
    for (long length : new long[] {0, -7, Long.MIN_VALUE}) {
      refused(
          "length " + length + ":",
          () ->
              GradientDecision.allocate(backend, GradientPolicy.NONE, DataType.FLOAT32, length)
                  .close());
    }
    assertEquals((1L << 49), Kernel.chunks(Long.MAX_VALUE));
  }

  private static void refused(String words, Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(message.contains(words), message);
  }
}
