package dev.rootmean.pytorch;

import dev.rootmean.Preset;
import dev.rootmean.RmsProp;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A training at random: parameters, gradients, and how they are stepped. */
final class Combination {
  private static final int MOST_ELEMENTS = 5_000;
  private static final int MOST_TENSORS = 12;
  private static final int MOST_GROUPS = 3;

  /** One for each group; they share all but learning rate, momentum and weight decay. */
  final List<RmsProp> rules;

  /** Which group each tensor is in, in ascending order. */
  final int[] groups;

  /** The parameters of each tensor. */
  final float[][] initial;

  /** Of each step and tensor; null where there is none. */
  final float[][][] gradients;

  /** The largest norm, infinity for no limit. */
  final double clip;

  /** What learning rates are multiplied by when half of the steps are done. */
  final double slower;

  /** How large gradients are. */
  private enum Kind {
    NORMAL,
    SPARSE,
    LARGE,
    TINY;

    float draw(Random random, double scale) {
      double sign = random.nextBoolean() ? 1 : -1;
      return (float)
          switch (this) {
            case NORMAL -> scale * random.nextGaussian();
            case SPARSE -> random.nextInt(5) > 0 ? 0 : scale * random.nextGaussian();
            case LARGE -> sign * power(random, 6, 15);
            case TINY -> sign * power(random, -40, -10);
          };
    }
  }

  Combination(long seed) {
    Random random = new Random(seed);
    int tensors = 1 + random.nextInt(MOST_TENSORS);
    groups = new int[tensors];
    initial = new float[tensors][];
    for (int t = 0; t < tensors; t++) {
      if (t > 0) {
        boolean another = groups[t - 1] + 1 < MOST_GROUPS && random.nextInt(4) == 0;
        groups[t] = groups[t - 1] + (another ? 1 : 0);
      }
      initial[t] = new float[(int) power(random, 0, Math.log10(MOST_ELEMENTS / tensors + 1))];
      for (int i = 0; i < initial[t].length; i++) {
        initial[t][i] = (float) random.nextGaussian();
      }
    }
    rules = rules(random, groups[tensors - 1] + 1);
    gradients = gradients(random, initial);
    clip = random.nextInt(4) == 0 ? power(random, -2, 2) : Double.POSITIVE_INFINITY;
    slower = random.nextBoolean() ? 1 : power(random, -1, 0);
  }

  private static double power(Random random, double least, double most) {
    return Math.pow(10, least + random.nextDouble() * (most - least));
  }

  private static List<RmsProp> rules(Random random, int count) {
    RmsProp first =
        Preset.PYTORCH.rule().toBuilder()
            .learningRate(power(random, -5, -1))
            .decay(1 - power(random, -3, -0.3))
            .epsilon(power(random, -10, -2))
            .momentum(random.nextBoolean() ? 0 : random.nextDouble())
            .centered(random.nextBoolean())
            .weightDecay(random.nextBoolean() ? 0 : power(random, -5, -1))
            .build();
    List<RmsProp> rules = new ArrayList<>(List.of(first));
    while (rules.size() < count) {
      rules.add(
          first.toBuilder()
              .learningRate(first.learningRate() * power(random, -1, 1))
              .momentum(random.nextBoolean() ? 0 : random.nextDouble())
              .weightDecay(random.nextBoolean() ? 0 : power(random, -5, -1))
              .build());
    }
    return rules;
  }

  private static float[][][] gradients(Random random, float[][] initial) {
    Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
    double scale = power(random, -3, 2);
    int undefined = random.nextBoolean() ? 0 : 10; // in a hundred
    float[][][] gradients = new float[5 + random.nextInt(46)][initial.length][];
    for (float[][] step : gradients) {
      for (int t = 0; t < initial.length; t++) {
        if (random.nextInt(100) >= undefined) {
          step[t] = new float[initial[t].length];
          for (int i = 0; i < step[t].length; i++) {
            step[t][i] = kind.draw(random, scale);
          }
        }
      }
    }
    return gradients;
  }
}
