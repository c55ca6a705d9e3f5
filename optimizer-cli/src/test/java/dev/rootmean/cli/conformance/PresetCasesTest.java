package dev.rootmean.cli.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.Preset;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropBuilder;
import dev.rootmean.contract.ReferenceStep;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * A preset steps as its framework's published cases do, once it has the settings that a case does
 * not leave at their default.
 */
class PresetCasesTest {
  private static final List<ConformanceCase> CASES = ConformanceFile.shipped();

  /** Steps are compared, and not rules: a habit without effect may differ. */
  private static void assertSteps(
      RmsProp preset, UnaryOperator<RmsPropBuilder> set, String... ids) {
    RmsProp expected = set.apply(preset.toBuilder()).build();
    for (String id : ids) {
      RmsProp found =
          CASES.stream().filter(c -> c.id().equals(id)).findFirst().orElseThrow().rules().get(0);
      assertArrayEquals(stepped(expected), stepped(found), id);
      assertEquals(expected.initialSquareAverage(), found.initialSquareAverage(), id);
      assertEquals(expected.centered(), found.centered(), id);
    }
  }

  /** Parameters and accumulators after two steps from numbers that are all different. */
  private static double[][] stepped(RmsProp rule) {
    double[][] rows = {{0.7, -1.3}, {0.19, 0.23}, {0.31, -0.37}, {-0.11, 0.13}};
    ReferenceStep step = new ReferenceStep(DataType.FLOAT64, rule);
    for (int i = 1; i <= 2; i++) {
      step.step(rows[0], new double[] {0.53 * i, -0.59}, rows[1], rows[2], rows[3]);
    }
    return rows;
  }

  @Test
  void pytorch() {
    assertSteps(Preset.PYTORCH.rule(), b -> b, "torch-default-float64", "torch-default-float32");
    assertSteps(Preset.PYTORCH.rule(), b -> b.weightDecay(0.1), "torch-weight_decay-float64");
    assertSteps(
        Preset.PYTORCH.rule(),
        b -> b.momentum(0.5).maximize(true),
        "torch-maximize_momentum-float64");
  }

  @Test
  void keras() {
    assertSteps(
        Preset.KERAS.rule(),
        b -> b.learningRate(0.01),
        "keras3-tensorflow-default-float32",
        "keras3-torch-default-float64");
    assertSteps(Preset.KERAS.rule(), b -> b.learningRate(0.5), "keras3-single-step");
    assertSteps(
        Preset.KERAS.rule(),
        b -> b.learningRate(0.01).weightDecay(0.1),
        "keras3-tensorflow-weight_decay-float32");
    assertSteps(
        Preset.KERAS.rule(),
        b -> b.learningRate(0.01).epsilon(1e-4).momentum(0.9).centered(true),
        "keras3-tensorflow-centered_momentum-float64");
  }

  @Test
  void tensorflow() {
    assertSteps(
        Preset.TENSORFLOW.rule(), b -> b.learningRate(2).epsilon(1), "tf1-without-momentum");
    assertSteps(
        Preset.TENSORFLOW.rule(),
        b -> b.learningRate(0.01).epsilon(0.001).momentum(0.9),
        "tf-momentum-float64");
    assertSteps(
        Preset.TENSORFLOW.rule(),
        b -> b.learningRate(0.01).epsilon(1e-5).momentum(0.9).centered(true),
        "tensorflow-java-grid-5");
  }

  @Test
  void tensorflowJs() {
    assertSteps(
        Preset.TENSORFLOW_JS.rule(),
        b -> b.learningRate(0.1).decay(0.95).momentum(0.1),
        "tfjs-basic");
  }

  @Test
  void optax() {
    assertSteps(Preset.OPTAX.rule(), b -> b.learningRate(0.01), "optax-default-float64");
    assertSteps(
        Preset.OPTAX.rule(),
        b -> b.learningRate(0.01).momentum(0.9).nesterov(true),
        "optax-nesterov-float64");
  }

  @Test
  void timm() {
    assertSteps(Preset.TIMM.rule(), b -> b.epsilon(0.001).momentum(0.9), "timm-momentum-float64");
    assertSteps(
        Preset.TIMM.rule(),
        b -> b.epsilon(0.001).momentum(0.9).centered(true),
        "timm-centered_momentum-float64");
  }

  @Test
  void sonnet() {
    assertSteps(
        Preset.SONNET.rule(), b -> b.learningRate(0.1), "sonnet-dense", "sonnet-variable-lr");
  }

  @Test
  void mlx() {
    assertSteps(Preset.MLX.rule(), b -> b.learningRate(0.01), "mlx-state");
  }

  @Test
  void mxnet() {
    assertSteps(Preset.MXNET.rule(), b -> b.learningRate(0.01), "mxnet-20-steps-decay0.9-eps1e-08");
    assertSteps(
        Preset.MXNET.rule(),
        b -> b.learningRate(0.01).momentum(0.9).centered(true),
        "mxnet-20-steps-decay0.9-eps1e-08-momentum-centered");
    assertSteps(
        Preset.MXNET.rule(),
        b -> b.learningRate(0.01).centered(true).weightDecay(0.01),
        "mxnet-20-steps-decay0.9-eps1e-08-centered-l2");
  }

  @Test
  void djl() {
    assertSteps(Preset.DJL.rule(), b -> b.learningRate(0.1), "djl-testRMSProp");
  }

  @Test
  void dl4j() {
    assertSteps(Preset.DL4J.rule(), b -> b, "nd4j-rms_prop_updater-1");
    assertSteps(
        Preset.DL4J.rule(),
        b -> b.learningRate(0.01).decay(0.9),
        "nd4j-20-steps-decay0.9-eps1e-08");
  }

  @Test
  void tribuo() {
    assertSteps(
        Preset.TRIBUO.rule(), b -> b.learningRate(0.01), "tribuo-20-steps-decay0.9-eps1e-08");
  }

  @Test
  void lasagne() {
    assertSteps(Preset.LASAGNE.rule(), b -> b.learningRate(0.01), "lasagne-torch7");
  }
}
