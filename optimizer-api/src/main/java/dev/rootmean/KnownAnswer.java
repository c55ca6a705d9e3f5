package dev.rootmean;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A few steps of every variant whose bits are known, for each device that is opened: a driver, or a
 * cache of compiled kernels, that computes something else is found out before it trains a model.
 */
final class KnownAnswer {
  /** Neither a multiple of what devices compute at a time nor near one. */
  private static final int LENGTH = 1_003;

  private static final float[] SPECIAL_FLOATS = {
    0f,
    -0f,
    1f,
    -1f,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    -Float.MIN_NORMAL / 3,
    Float.MAX_VALUE,
    1e-20f,
    -3e19f
  };

  private static final double[] SPECIAL_DOUBLES = {
    0.0,
    -0.0,
    1.0,
    -1.0,
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Double.MIN_VALUE,
    -Double.MIN_NORMAL / 3,
    Double.MAX_VALUE,
    1e-160,
    -3e154
  };

  /** It clips the ordinary gradients both by their norm and by value. */
  private static final GradientPolicy POLICY =
      GradientPolicy.NONE
          .withNormClip(11, 0.25)
          .withValueClip(0.5)
          .withLossScale(GradientPolicy.LossScale.constant(3))
          .withNonFinite(GradientPolicy.NonFinite.SKIP_STEP);

  /** The variants in the order of the hashes. */
  private static final List<String> VARIANTS =
      List.of("without momentum", "with momentum", "with centering", "with momentum and centering");

  /**
   * The hash of all bits after the steps, by type and variant: {@code KnownAnswerTest} has their
   * source.
   */
  private static final Map<DataType, List<Integer>> HASHES =
      Map.of(
          DataType.FLOAT32, List.of(1_742_263_823, 546_531_950, -1_996_424_448, 940_571_771),
          DataType.FLOAT64, List.of(-744_248_200, 882_374_321, 253_392_292, -1_805_550_629));

  private KnownAnswer() {}

  /** Names a type and a variant whose bits are wrong on the backend. */
  static Optional<String> wrongVariant(OptimizerBackend backend) {
    for (DataType type : EnumSet.copyOf(backend.info().dataTypes())) {
      List<Integer> hashes = hashes(backend, type);
      for (int i = 0; i < hashes.size(); i++) {
        if (!hashes.get(i).equals(HASHES.get(type).get(i))) {
          return Optional.of(VARIANTS.get(i) + " in " + type);
        }
      }
    }
    return Optional.empty();
  }

  static List<Integer> hashes(OptimizerBackend backend, DataType type) {
    return List.of(
        hash(backend, type, 0, false),
        hash(backend, type, 0.9, false),
        hash(backend, type, 0, true),
        hash(backend, type, 0.9, true));
  }

  /**
   * Steps all, and then all but the first element, which puts everything out of alignment; measures
   * ordinary gradients and steps by what is left of them; and adds.
   */
  private static int hash(
      OptimizerBackend backend, DataType type, double momentum, boolean centered) {
    RmsProp rule =
        RmsProp.builder()
            .learningRate(0.01)
            .epsilon(1e-6)
            .momentum(momentum)
            .nesterov(momentum != 0)
            .centered(centered)
            .weightDecay(0.02)
            .initialSquareAverage(0.3)
            .build();
    try (DeviceBuffer params = backend.allocate(type, LENGTH);
        DeviceBuffer grads = backend.allocate(type, LENGTH);
        RmsPropState state = RmsPropState.allocate(backend, rule, type, LENGTH);
        GradientDecision decision = GradientDecision.allocate(backend, POLICY, type, LENGTH)) {
      fill(params, 1, true);
      fill(grads, 2, true);
      backend.step(rule, params, grads, state);
      fill(grads, 3, true);
      backend.step(
          rule,
          params.slice(1, LENGTH - 1),
          grads.slice(1, LENGTH - 1),
          state.slice(1, LENGTH - 1));
      fill(grads, 4, false);
      backend.measure(grads, decision);
      backend.step(rule, params, grads, state, decision);
      grads.add(params);
      int hash = 31 * hash(params) + hash(state.squareAverage());
      hash = 31 * (31 * hash + hash(grads)) + Double.hashCode(decision.norm());
      hash = 31 * hash + state.momentum().map(KnownAnswer::hash).orElse(0);
      return 31 * hash + state.gradientAverage().map(KnownAnswer::hash).orElse(0);
    }
  }

  /** Any NaN equals any NaN. */
  private static int hash(DeviceBuffer buffer) {
    if (buffer.dataType() == DataType.FLOAT32) {
      float[] values = new float[LENGTH];
      buffer.read(values);
      return Arrays.hashCode(values);
    }
    double[] values = new double[LENGTH];
    buffer.read(values);
    return Arrays.hashCode(values);
  }

  /** Ordinary numbers, and if wanted the special ones in ever new company, and any bits. */
  private static void fill(DeviceBuffer buffer, int seed, boolean special) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] floats = new float[LENGTH];
    double[] doubles = new double[LENGTH];
    boolean isFloat = buffer.dataType() == DataType.FLOAT32;
    for (int i = 0; i < LENGTH; i++) {
      switch (special ? i % 4 : 3) {
        case 0 -> {
          int which = random.nextInt(SPECIAL_FLOATS.length);
          floats[i] = SPECIAL_FLOATS[which];
          doubles[i] = SPECIAL_DOUBLES[which];
        }
        case 1 -> {
          if (isFloat) {
            floats[i] = Float.intBitsToFloat(random.nextInt());
          } else {
            doubles[i] = Double.longBitsToDouble(random.nextLong());
          }
        }
        default -> {
          doubles[i] = random.nextDouble() * 4 - 2;
          floats[i] = (float) doubles[i];
        }
      }
    }
    if (isFloat) {
      buffer.write(floats);
    } else {
      buffer.write(doubles);
    }
  }
}
