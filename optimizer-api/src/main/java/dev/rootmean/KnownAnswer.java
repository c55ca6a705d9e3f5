package dev.rootmean;

import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A few steps of every variant whose bits are known, for each device that is opened: a driver, or a
 * cache of compiled kernels, that computes something else is found out before it trains a model.
 */
final class KnownAnswer {
  /** Neither a multiple of what devices compute at a time nor near one. */
  private static final int LENGTH = 1_003;

  private static final float[] SPECIAL = {
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

  /** The hash of all bits after the steps, by variant: {@code KnownAnswerTest} has their source. */
  private static final int PLAIN = -1_744_091_555;

  private static final int MOMENTUM = 373_520_151;
  private static final int CENTERED = -537_093_099;
  private static final int MOMENTUM_CENTERED = 324_987_225;

  private KnownAnswer() {}

  /** Names a variant whose bits are wrong on the backend. */
  static Optional<String> wrongVariant(OptimizerBackend backend) {
    if (hash(backend, 0, false) != PLAIN) {
      return Optional.of("without momentum");
    }
    if (hash(backend, 0.9, false) != MOMENTUM) {
      return Optional.of("with momentum");
    }
    if (hash(backend, 0, true) != CENTERED) {
      return Optional.of("with centering");
    }
    if (hash(backend, 0.9, true) != MOMENTUM_CENTERED) {
      return Optional.of("with momentum and centering");
    }
    return Optional.empty();
  }

  /** Steps all, and then all but the first element, which puts everything out of alignment. */
  static int hash(OptimizerBackend backend, double momentum, boolean centered) {
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
    try (DeviceBuffer params = backend.allocate(DataType.FLOAT32, LENGTH);
        DeviceBuffer grads = backend.allocate(DataType.FLOAT32, LENGTH);
        RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, LENGTH)) {
      params.write(numbers(1));
      grads.write(numbers(2));
      backend.step(rule, params, grads, state);
      grads.write(numbers(3));
      backend.step(
          rule,
          params.slice(1, LENGTH - 1),
          grads.slice(1, LENGTH - 1),
          state.slice(1, LENGTH - 1));
      int hash = 31 * hash(params) + hash(state.squareAverage());
      hash = 31 * hash + state.momentum().map(KnownAnswer::hash).orElse(0);
      return 31 * hash + state.gradientAverage().map(KnownAnswer::hash).orElse(0);
    }
  }

  /** Any NaN equals any NaN. */
  private static int hash(DeviceBuffer buffer) {
    float[] values = new float[LENGTH];
    buffer.read(values);
    return Arrays.hashCode(values);
  }

  /** Ordinary numbers, the special ones in ever new company, and any bits. */
  private static float[] numbers(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] numbers = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      numbers[i] =
          switch (i % 4) {
            case 0 -> SPECIAL[random.nextInt(SPECIAL.length)];
            case 1 -> Float.intBitsToFloat(random.nextInt());
            default -> (float) (random.nextDouble() * 4 - 2);
          };
    }
    return numbers;
  }
}
