package dev.rootmean;

import static dev.rootmean.RmsProp.EpsilonPlacement.OUTSIDE_SQRT;
import static dev.rootmean.RmsProp.MomentumForm.LR_INSIDE;
import static dev.rootmean.RmsProp.WeightDecayMode.DECOUPLED;

import java.util.Locale;

/**
 * Frameworks and their defaults, each read in the source that is linked. What a line does not name
 * is as in {@link RmsProp#builder()}: learning rate 0.001, decay 0.9, ε 10⁻⁸ inside the root,
 * momentum before the learning rate, L2 decay, the square average starts at 0. A framework without
 * a default learning rate gets 0.001.
 *
 * @since 0.1.0
 */
public enum Preset {
  /**
   * {@code torch.optim.RMSprop}: learning rate 0.01, decay 0.99, ε outside the root.
   *
   * @see <a href="https://github.com/pytorch/pytorch/blob/00853fbfb9f7/torch/optim/rmsprop.py">
   *     torch/optim/rmsprop.py at 00853fbfb9f7</a>
   */
  PYTORCH(RmsProp.builder().learningRate(0.01).decay(0.99).epsilonPlacement(OUTSIDE_SQRT)),

  /**
   * {@code keras.optimizers.RMSprop} of Keras 3: ε 10⁻⁷, momentum after the learning rate,
   * decoupled decay.
   *
   * @see <a
   *     href="https://github.com/keras-team/keras/blob/13de96aef1a4/keras/src/optimizers/rmsprop.py">
   *     keras/src/optimizers/rmsprop.py at 13de96aef1a4</a>
   */
  KERAS(RmsProp.builder().epsilon(1e-7).momentumForm(LR_INSIDE).weightDecayMode(DECOUPLED)),

  /**
   * {@code tf.compat.v1.train.RMSPropOptimizer}, and TensorFlow-Java's {@code RMSProp}: ε 10⁻¹⁰,
   * momentum after the learning rate, the square average starts at 1; no default learning rate.
   *
   * @see <a
   *     href="https://github.com/tensorflow/tensorflow/blob/0304934138cb/tensorflow/python/training/rmsprop.py">
   *     tensorflow/python/training/rmsprop.py at 0304934138cb</a>
   */
  TENSORFLOW(RmsProp.builder().epsilon(1e-10).momentumForm(LR_INSIDE).initialSquareAverage(1)),

  /**
   * {@code tf.train.rmsprop} of TensorFlow.js: ε 10⁻⁷, momentum after the learning rate; no default
   * learning rate. Its centered form takes ε away instead of adding it, which no rule here does.
   *
   * @see <a
   *     href="https://github.com/tensorflow/tfjs/blob/0fc04d958ea5/tfjs-core/src/optimizers/rmsprop_optimizer.ts">
   *     tfjs-core/src/optimizers/rmsprop_optimizer.ts at 0fc04d958ea5</a>
   */
  TENSORFLOW_JS(RmsProp.builder().epsilon(1e-7).momentumForm(LR_INSIDE)),

  /**
   * {@code optax.rmsprop}: momentum after the learning rate; no default learning rate.
   *
   * @see <a href="https://github.com/google-deepmind/optax/blob/2edbcbe2390d/optax/_src/alias.py">
   *     optax/_src/alias.py at 2edbcbe2390d</a>
   */
  OPTAX(RmsProp.builder().momentumForm(LR_INSIDE)),

  /**
   * timm's {@code RMSpropTF}: learning rate 0.01, ε 10⁻¹⁰, momentum after the learning rate, the
   * square average starts at 1.
   *
   * @see <a
   *     href="https://github.com/huggingface/pytorch-image-models/blob/0d4c04f3497f/timm/optim/rmsprop_tf.py">
   *     timm/optim/rmsprop_tf.py at 0d4c04f3497f</a>
   */
  TIMM(
      RmsProp.builder()
          .learningRate(0.01)
          .epsilon(1e-10)
          .momentumForm(LR_INSIDE)
          .initialSquareAverage(1)),

  /**
   * {@code sonnet.optimizers.RMSProp} of Sonnet 2: ε 10⁻¹⁰, momentum after the learning rate; no
   * default learning rate.
   *
   * @see <a
   *     href="https://github.com/google-deepmind/sonnet/blob/5ab2b3346f53/sonnet/src/optimizers/rmsprop.py">
   *     sonnet/src/optimizers/rmsprop.py at 5ab2b3346f53</a>
   */
  SONNET(RmsProp.builder().epsilon(1e-10).momentumForm(LR_INSIDE)),

  /**
   * {@code mlx.optimizers.RMSprop}: decay 0.99, ε outside the root; no default learning rate, no
   * momentum, no centering.
   *
   * @see <a
   *     href="https://github.com/ml-explore/mlx/blob/022eabb734ec/python/mlx/optimizers/optimizers.py">
   *     python/mlx/optimizers/optimizers.py at 022eabb734ec</a>
   */
  MLX(RmsProp.builder().decay(0.99).epsilonPlacement(OUTSIDE_SQRT)),

  /**
   * {@code mxnet.optimizer.RMSProp} of MXNet 1: momentum after the learning rate. Its default
   * momentum of 0.9 acts only where it is centered, and so has to be set together with that.
   *
   * @see <a
   *     href="https://github.com/apache/mxnet/blob/032e11663e27/python/mxnet/optimizer/optimizer.py">
   *     python/mxnet/optimizer/optimizer.py at 032e11663e27</a>
   */
  MXNET(RmsProp.builder().momentumForm(LR_INSIDE)),

  /**
   * DJL's {@code RmsProp}, which hands its work to MXNet: as {@link #MXNET}.
   *
   * @see <a
   *     href="https://github.com/deepjavalibrary/djl/blob/af1d0b804c11/api/src/main/java/ai/djl/training/optimizer/RmsProp.java">
   *     ai/djl/training/optimizer/RmsProp.java at af1d0b804c11</a>
   */
  DJL(RmsProp.builder().momentumForm(LR_INSIDE)),

  /**
   * ND4J's {@code RmsProp}, of Deeplearning4j: learning rate 0.1, decay 0.95, ε outside the root,
   * the square average starts at ε; no momentum, no centering. A rule of this preset with another ε
   * needs the same {@code initialSquareAverage}: it does not follow by itself.
   *
   * @see <a
   *     href="https://github.com/deeplearning4j/deeplearning4j/blob/1299690ae856/nd4j/nd4j-backends/nd4j-api-parent/nd4j-api/src/main/java/org/nd4j/linalg/learning/config/RmsProp.java">
   *     org/nd4j/linalg/learning/config/RmsProp.java at 1299690ae856</a>
   */
  DL4J(
      RmsProp.builder()
          .learningRate(0.1)
          .decay(0.95)
          .epsilonPlacement(OUTSIDE_SQRT)
          .initialSquareAverage(1e-8)),

  /**
   * Tribuo's {@code RMSProp}: ε outside the root; no default learning rate, no momentum, no
   * centering. It adds what this subtracts, so give it the gradient with its sign turned.
   *
   * @see <a
   *     href="https://github.com/oracle/tribuo/blob/820026e6f843/Math/src/main/java/org/tribuo/math/optimisers/RMSProp.java">
   *     org/tribuo/math/optimisers/RMSProp.java at 820026e6f843</a>
   */
  TRIBUO(RmsProp.builder().epsilonPlacement(OUTSIDE_SQRT)),

  /**
   * {@code lasagne.updates.rmsprop}: learning rate 1, ε 10⁻⁶; no momentum, no centering.
   *
   * @see <a href="https://github.com/Lasagne/Lasagne/blob/5d3c63cb315c/lasagne/updates.py">
   *     lasagne/updates.py at 5d3c63cb315c</a>
   */
  LASAGNE(RmsProp.builder().learningRate(1).epsilon(1e-6));

  @SuppressWarnings("ImmutableEnumChecker") // a record of numbers and enums is immutable
  private final RmsProp rule;

  Preset(RmsPropBuilder rule) {
    this.rule = rule.build();
  }

  /**
   * The framework's defaults.
   *
   * @return the rule
   */
  public RmsProp rule() {
    return rule;
  }

  /**
   * The framework's name in small letters, with hyphens.
   *
   * @return the name, such as {@code tensorflow-js}
   */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
