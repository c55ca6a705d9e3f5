package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.ReferenceStep;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an optimizer makes of a policy; what a policy computes is the contract's. */
class OptimizerPolicyTest {
  private static final RmsProp RULE = Layers.RULE;

  private final CountingDevice device = new CountingDevice();
  private final OptimizerBackend backend = device.open();

  @AfterEach
  void nothingIsLeft() {
    assertEquals(0, device.held, "buffers that are not freed");
    backend.close();
  }

  private OptimizerBuilder layers() {
    return Layers.on(backend);
  }

  @Test
  void whatTheTypeCannotHoldIsToldAtOnce() {
    refused("lossScale", GradientPolicy.NONE.withLossScale(LossScale.constant(1e-40)));
    refused(
        "lossScale",
        GradientPolicy.NONE.withLossScale(LossScale.constant(3e38)).withMicroBatches(2));
    refused("valueClip", GradientPolicy.NONE.withValueClip(1e-50));
    refused("normClip", GradientPolicy.NONE.withNormClip(1e-50));
    refused("normClipEpsilon", GradientPolicy.NONE.withNormClip(1, 1e-50));
    refused(
        "least loss scale", GradientPolicy.NONE.withLossScale(new LossScale(1, 2, 0.5, 1, 1e-50)));
  }

  private void refused(String name, GradientPolicy policy) {
    OptimizerBuilder builder = layers().policy(policy);
    String message =
        assertThrows(IllegalArgumentException.class, () -> builder.build().close()).getMessage();
    assertTrue(message.startsWith(name) && message.contains("FLOAT32"), message);
    layers().dataType(DataType.FLOAT64).policy(policy).build().close();
  }

  @Test
  void microBatchesAreAveraged() {
    GradientPolicy policy = GradientPolicy.NONE.withMicroBatches(3);
    try (Optimizer optimizer =
        Optimizer.builder(backend, RULE).parameter("w", 2).policy(policy).build()) {
      for (int i = 0; i < 6; i++) {
        optimizer.gradient("w").write(new float[] {i + 1, 2 * i});
        assertEquals(i % 3 == 2, optimizer.step());
      }
      double[] p = new double[2];
      double[] v = new double[2];
      double[] b = new double[2];
      ReferenceStep reference = new ReferenceStep(DataType.FLOAT32, RULE);
      double third = 1f / 3f;
      reference.step(p, new double[] {(float) (third * 6), (float) (third * 6)}, v, b, null);
      reference.step(p, new double[] {(float) (third * 15), (float) (third * 24)}, v, b, null);
      Bits.assertHolds("w", optimizer.parameter("w"), p);
      assertEquals(2, optimizer.stepCount());
    }
  }

  @Test
  void theNormIsThatOfAllGroupsTogether() {
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(1);
    try (Optimizer optimizer =
        Optimizer.builder(backend, RULE)
            .parameter("a", 1)
            .group("b", rule -> rule.weightDecay(0))
            .parameter("b", 1)
            .policy(policy)
            .build()) {
      optimizer.gradient("a").write(new float[] {3});
      optimizer.gradient("b").write(new float[] {4});
      optimizer.step();
      assertEquals(5, optimizer.gradientNorm());
      double[] p = new double[1];
      new ReferenceStep(DataType.FLOAT32, RULE)
          .step(p, new double[] {0.2f * 3}, new double[1], new double[1], null);
      Bits.assertHolds("a", optimizer.parameter("a"), p);
    }
  }

  @Test
  void skippedStepsAreCountedAndChangeNothing() {
    GradientPolicy policy =
        GradientPolicy.NONE.withLossScale(new GradientPolicy.LossScale(8, 2, 0.5, 2, 1));
    try (Optimizer optimizer = layers().policy(policy).build()) {
      step(optimizer, 1);
      float[] before = new float[35];
      optimizer.parameter("a.weight").read(before);
      assertEquals(8, optimizer.lossScale());
      step(optimizer, Float.NaN);
      float[] after = new float[35];
      optimizer.parameter("a.weight").read(after);
      assertArrayEquals(before, after);
      assertEquals(1, optimizer.stepCount());
      assertEquals(1, optimizer.skippedSteps());
      assertEquals(4, optimizer.lossScale());
      step(optimizer, 1);
      step(optimizer, 1);
      assertEquals(3, optimizer.stepCount());
      assertEquals(8, optimizer.lossScale());
    }
  }

  @Test
  void gradientsThatAreNotFiniteCanThrow() {
    GradientPolicy policy = GradientPolicy.NONE.withNonFinite(GradientPolicy.NonFinite.THROW);
    try (Optimizer optimizer = layers().policy(policy).build()) {
      step(optimizer, 1);
      String message =
          assertThrows(ArithmeticException.class, () -> step(optimizer, Float.POSITIVE_INFINITY))
              .getMessage();
      assertTrue(message.contains("step 2 "), message);
      assertEquals(3, device.launches, "those of the first step");
      assertEquals(1, optimizer.stepCount());
      step(optimizer, 1);
      assertEquals(2, optimizer.stepCount());
    }
  }

  private static void step(Optimizer optimizer, float gradient) {
    optimizer.gradient("b.weight").write(0, new float[] {gradient}, 0, 1);
    optimizer.step();
  }
}
