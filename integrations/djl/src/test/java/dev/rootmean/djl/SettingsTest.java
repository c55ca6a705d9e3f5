package dev.rootmean.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.ParameterTracker;
import ai.djl.training.tracker.Tracker;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DJL's settings and trackers, in doubles, beside the formula: equal to the last bit. */
class SettingsTest {
  private static final int STEPS = 12;
  private static final int LENGTH = 1_000;

  @ParameterizedTest
  @CsvSource({
    "cpu, 1, -1, 0, 0, false",
    "cpu, 0.3, 0.2, 0.01, 0.9, true",
    "cpu, 1, 0.5, 0, 0.9, false",
    "cpu, 0.015625, -1, 0.1, 0, true",
    "opencl, 1, -1, 0, 0, false",
    "opencl, 0.3, 0.2, 0.01, 0.9, true",
  })
  void aStepIsTheFormula(
      String backend, float rescale, float clip, float decay, float momentum, boolean centered) {
    Tracker tracker = Tracker.factor().setBaseValue(0.01f).setFactor(0.8f).build();
    Random random = new Random(1);
    double[] expected = random.doubles(LENGTH, -1, 1).toArray();
    Formula[] formulas = new Formula[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      formulas[i] = new Formula();
      formulas[i].rescale = rescale;
      formulas[i].clip = clip;
      formulas[i].decay = decay;
      formulas[i].rho = 0.7f;
      formulas[i].momentum = momentum;
      formulas[i].epsilon = 1e-3f;
      formulas[i].centered = centered;
    }
    try (NDManager manager = NDManager.newBaseManager();
        OptimizerBackend opened = OpenBackend.named(backend);
        RmsPropOptimizer optimizer =
            RmsPropOptimizer.builder(opened)
                .optLearningRateTracker(tracker)
                .optRho(0.7f)
                .optEpsilon(1e-3f)
                .optMomentum(momentum)
                .optCentered(centered)
                .setRescaleGrad(rescale)
                .optClipGrad(clip)
                .optWeightDecays(decay)
                .optBeginNumUpdate(3)
                .build()) {
      NDArray weight = manager.create(expected);
      for (int step = 1; step <= STEPS; step++) {
        double[] gradient = random.doubles(LENGTH, -2, 2).toArray();
        NDArray given = manager.create(gradient);
        optimizer.update("w", weight, given);
        assertArrayEquals(gradient, given.toDoubleArray(), "the gradient that is given");
        for (int i = 0; i < LENGTH; i++) {
          float learningRate = tracker.getNewValue(3 + step);
          expected[i] = formulas[i].step(expected[i], gradient[i], learningRate);
        }
        assertArrayEquals(expected, weight.toDoubleArray());
      }
    }
  }

  /** The numbers that a tracker gets: DJL's own, whatever the order in which parameters come. */
  @Test
  void aTrackerIsAskedAsByDjlsOwnOptimizers() {
    String[] ids = {"a", "b", "a", "b", "late", "a", "a", "late", "b"};
    try (OptimizerBackend backend = OpenBackend.named("cpu")) {
      List<String> theirs = new ArrayList<>();
      update(
          ids, Optimizer.sgd().setLearningRateTracker(noting(theirs)).optBeginNumUpdate(5).build());
      List<String> ours = new ArrayList<>();
      try (RmsPropOptimizer optimizer =
          RmsPropOptimizer.builder(backend)
              .optLearningRateTracker(noting(ours))
              .optBeginNumUpdate(5)
              .build()) {
        update(ids, optimizer);
      }
      assertEquals(theirs, ours);
      assertEquals(ids.length, ours.size());
    }
  }

  private static ParameterTracker noting(List<String> asked) {
    return (id, number) -> {
      asked.add(id + " " + number);
      return 0.001f;
    };
  }

  private static void update(String[] ids, Optimizer optimizer) {
    try (NDManager manager = NDManager.newBaseManager()) {
      for (String id : ids) {
        optimizer.update(id, manager.create(new float[3]), manager.create(new float[3]));
      }
    }
  }

  /** Another framework's rule, whose learning rate counts where no tracker is given. */
  @Test
  void aRuleComesWithItsLearningRateAndItsDecay() {
    try (NDManager manager = NDManager.newBaseManager();
        OptimizerBackend backend = OpenBackend.named("cpu");
        RmsPropOptimizer optimizer =
            RmsPropOptimizer.builder(
                    backend, Preset.PYTORCH.rule().toBuilder().weightDecay(0.5).build())
                .build()) {
      NDArray weight = manager.create(new double[] {1});
      optimizer.update("w", weight, manager.create(new double[] {2}));
      double g = 2 + 0.5;
      double v = (1 - 0.99) * g * g;
      assertEquals(1 - 0.01 * (g / (Math.sqrt(v) + 1e-8)), weight.toDoubleArray()[0]);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "clipGrad, 0, clipGrad 0.0: expected above 0",
    "clipGrad, NaN, clipGrad NaN: expected above 0",
    "rescaleGrad, Infinity, rescaleGrad Infinity: expected a finite number",
    "rho, 1.5, decay 1.5: expected a number from 0 to 1",
    "weightDecays, -1, weightDecay -1.0: expected",
    "epsilon, NaN, epsilon NaN: expected",
  })
  void aSettingThatCannotBeIsRefused(String setting, float value, String message) {
    try (OptimizerBackend backend = OpenBackend.named("cpu")) {
      RmsPropOptimizerBuilder builder = RmsPropOptimizer.builder(backend);
      Consumer<Float> set =
          switch (setting) {
            case "clipGrad" -> builder::optClipGrad;
            case "rescaleGrad" -> builder::setRescaleGrad;
            case "rho" -> builder::optRho;
            case "weightDecays" -> builder::optWeightDecays;
            case "epsilon" -> builder::optEpsilon;
            default -> throw new AssertionError(setting);
          };
      set.accept(value);
      Exception e = assertThrows(IllegalArgumentException.class, builder::build);
      assertTrue(e.getMessage().startsWith(message), e.getMessage());
    }
  }
}
