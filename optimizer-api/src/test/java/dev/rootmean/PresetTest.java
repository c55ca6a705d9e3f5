package dev.rootmean;

import static dev.rootmean.RmsProp.EpsilonPlacement.INSIDE_SQRT;
import static dev.rootmean.RmsProp.EpsilonPlacement.OUTSIDE_SQRT;
import static dev.rootmean.RmsProp.MomentumForm.LR_INSIDE;
import static dev.rootmean.RmsProp.MomentumForm.LR_OUTSIDE;
import static dev.rootmean.RmsProp.WeightDecayMode.DECOUPLED;
import static dev.rootmean.RmsProp.WeightDecayMode.L2;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.RmsProp.EpsilonPlacement;
import dev.rootmean.RmsProp.MomentumForm;
import dev.rootmean.RmsProp.WeightDecayMode;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every preset's hyperparameters, stated once more: learning rate, decay, ε and its place, where
 * the learning rate stands, the mode of weight decay, and the square average at the start. No
 * framework has momentum, Nesterov, centering, weight decay or maximize by default.
 */
class PresetTest {
  private static void assertDefaults(
      String name,
      RmsProp preset,
      double learningRate,
      double decay,
      double epsilon,
      EpsilonPlacement placement,
      MomentumForm form,
      WeightDecayMode mode,
      double initialSquareAverage) {
    RmsProp stated =
        new RmsProp(
            learningRate,
            decay,
            epsilon,
            placement,
            0,
            form,
            false,
            false,
            0,
            mode,
            initialSquareAverage,
            false);
    assertEquals(stated, preset);
    assertEquals(stated, byName(name).rule());
  }

  private static Preset byName(String name) {
    return Stream.of(Preset.values())
        .filter(preset -> preset.toString().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void pytorch() {
    assertDefaults(
        "pytorch", Preset.PYTORCH.rule(), 0.01, 0.99, 1e-8, OUTSIDE_SQRT, LR_OUTSIDE, L2, 0);
  }

  @Test
  void keras() {
    assertDefaults(
        "keras", Preset.KERAS.rule(), 0.001, 0.9, 1e-7, INSIDE_SQRT, LR_INSIDE, DECOUPLED, 0);
  }

  @Test
  void tensorflow() {
    assertDefaults(
        "tensorflow", Preset.TENSORFLOW.rule(), 0.001, 0.9, 1e-10, INSIDE_SQRT, LR_INSIDE, L2, 1);
  }

  @Test
  void tensorflowJs() {
    assertDefaults(
        "tensorflow-js",
        Preset.TENSORFLOW_JS.rule(),
        0.001,
        0.9,
        1e-7,
        INSIDE_SQRT,
        LR_INSIDE,
        L2,
        0);
  }

  @Test
  void optax() {
    assertDefaults("optax", Preset.OPTAX.rule(), 0.001, 0.9, 1e-8, INSIDE_SQRT, LR_INSIDE, L2, 0);
  }

  @Test
  void timm() {
    assertDefaults("timm", Preset.TIMM.rule(), 0.01, 0.9, 1e-10, INSIDE_SQRT, LR_INSIDE, L2, 1);
  }

  @Test
  void sonnet() {
    assertDefaults(
        "sonnet", Preset.SONNET.rule(), 0.001, 0.9, 1e-10, INSIDE_SQRT, LR_INSIDE, L2, 0);
  }

  @Test
  void mlx() {
    assertDefaults("mlx", Preset.MLX.rule(), 0.001, 0.99, 1e-8, OUTSIDE_SQRT, LR_OUTSIDE, L2, 0);
  }

  @Test
  void mxnet() {
    assertDefaults("mxnet", Preset.MXNET.rule(), 0.001, 0.9, 1e-8, INSIDE_SQRT, LR_INSIDE, L2, 0);
  }

  @Test
  void djl() {
    assertDefaults("djl", Preset.DJL.rule(), 0.001, 0.9, 1e-8, INSIDE_SQRT, LR_INSIDE, L2, 0);
  }

  @Test
  void dl4j() {
    assertDefaults("dl4j", Preset.DL4J.rule(), 0.1, 0.95, 1e-8, OUTSIDE_SQRT, LR_OUTSIDE, L2, 1e-8);
  }

  @Test
  void tribuo() {
    assertDefaults(
        "tribuo", Preset.TRIBUO.rule(), 0.001, 0.9, 1e-8, OUTSIDE_SQRT, LR_OUTSIDE, L2, 0);
  }

  @Test
  void lasagne() {
    assertDefaults("lasagne", Preset.LASAGNE.rule(), 1, 0.9, 1e-6, INSIDE_SQRT, LR_OUTSIDE, L2, 0);
  }

  @Test
  void theyAreListedInOneOrder() {
    assertEquals(
        List.of(
            "pytorch",
            "keras",
            "tensorflow",
            "tensorflow-js",
            "optax",
            "timm",
            "sonnet",
            "mlx",
            "mxnet",
            "djl",
            "dl4j",
            "tribuo",
            "lasagne"),
        Stream.of(Preset.values()).map(Preset::toString).toList());
  }
}
