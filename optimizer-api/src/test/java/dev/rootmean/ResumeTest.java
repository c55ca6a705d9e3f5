package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.GradientPolicy.LossScale;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What resuming refuses, and what one has to know for it; that it is exact is the contract's. */
class ResumeTest {
  private static final GradientPolicy POLICY =
      GradientPolicy.NONE
          .withNormClip(1)
          .withMicroBatches(3)
          .withLossScale(new LossScale(8, 2, 0.5, 4, 1));

  private final CountingDevice device = new CountingDevice();
  private final OptimizerBackend backend = device.open();

  @AfterEach
  void nothingIsLeft() {
    assertEquals(0, device.held, "buffers that are not freed");
    backend.close();
  }

  @Test
  void progressThatDoesNotFitIsRefused() {
    try (Optimizer optimizer = Layers.on(backend).policy(POLICY).build()) {
      optimizer.resume(new Progress(7, 2, 1, Set.of("c"), 0.3, 16, 3));
      refused(
          optimizer,
          "gatheredMicroBatches 3: expected fewer than the policy's 3",
          new Progress(2, 0, 3, Set.of(), 0.1, 1, 0));
      refused(optimizer, "no parameter \"d\"", new Progress(2, 0, 1, Set.of("d"), 0.1, 1, 0));
      refused(optimizer, "learningRate", new Progress(2, 0, 0, Set.of(), Float.MAX_VALUE, 1, 0));
      refused(optimizer, "lossScale 1.0E39", new Progress(2, 0, 0, Set.of(), 0.1, 1e39, 0));
    }
  }

  private static void refused(Optimizer optimizer, String expected, Progress progress) {
    Progress before = optimizer.progress();
    String message =
        assertThrows(IllegalArgumentException.class, () -> optimizer.resume(progress)).getMessage();
    assertTrue(message.startsWith(expected), message);
    assertEquals(before, optimizer.progress());
  }

  @Test
  void aStepThatIsHalfDoneIsGivenUp() {
    try (Optimizer optimizer = Layers.on(backend).build()) {
      Progress before = optimizer.progress();
      device.callsUntilRefused = 2;
      assertThrows(DeviceOutOfMemoryException.class, optimizer::step);
      assertThrows(IllegalStateException.class, optimizer::step);
      optimizer.resume(before);
      assertEquals(before, optimizer.progress());
      assertThrows(IllegalStateException.class, optimizer::retryStep);
      optimizer.step();
      assertEquals(1, optimizer.stepCount());
    }
  }

  @Test
  void skippedStepsAreCountedOn() {
    try (Optimizer optimizer = Layers.on(backend).policy(POLICY.withMicroBatches(1)).build()) {
      optimizer.gradient("c").write(0, new float[] {Float.NaN}, 0, 1);
      optimizer.step();
      Progress before = optimizer.progress();
      assertEquals(1, before.skippedSteps());
      optimizer.step();
      optimizer.resume(before);
      assertEquals(before, optimizer.progress());
    }
  }

  @Test
  void anOptimizerSaysHowItWasBuilt() {
    try (Optimizer plain = Layers.on(backend).dataType(DataType.FLOAT64).build();
        Optimizer optimizer = Layers.on(backend).policy(POLICY).build()) {
      assertEquals(DataType.FLOAT64, plain.dataType());
      assertEquals(GradientPolicy.NONE, plain.policy());
      assertFalse(plain.gatheredGradient("c").isPresent());
      assertEquals(DataType.FLOAT32, optimizer.dataType());
      assertEquals(POLICY, optimizer.policy());
      assertEquals(12, optimizer.gatheredGradient("c").orElseThrow().length());
      optimizer.learningRate(0.5);
      assertEquals(List.of("", "bias", "centered"), optimizer.groups());
      assertEquals(Layers.RULE, optimizer.rule(""), "as it was given");
      assertEquals(0.2, optimizer.rule("bias").learningRate());
      assertEquals("bias", optimizer.group("scale"));
      assertEquals("", optimizer.group("b.weight"));
      assertThrows(IllegalArgumentException.class, () -> optimizer.rule("no"));
      assertThrows(IllegalArgumentException.class, () -> optimizer.group("no"));
    }
  }

  @Test
  void aClosedOptimizerIsNotResumed() {
    Optimizer optimizer = Layers.on(backend).build();
    Progress progress = optimizer.progress();
    optimizer.close();
    assertThrows(IllegalStateException.class, () -> optimizer.resume(progress));
  }
}
