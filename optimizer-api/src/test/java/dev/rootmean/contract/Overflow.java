package dev.rootmean.contract;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.util.Arrays;

/** A step that takes parameters in {@link DataType#FLOAT16} beyond its largest number. */
public final class Overflow {
  private static final double LARGEST = 65_504;

  /** Two vectors and a single element. */
  private static final int LENGTH = 9;

  private Overflow() {}

  /**
   * Steps the largest number and its negative outwards, far, which makes them infinite.
   *
   * @param backend any
   * @param precision has parameters in FLOAT16
   * @param momentum whether the rule has it
   * @param centered whether the rule is
   */
  public static void run(
      OptimizerBackend backend, Precision precision, boolean momentum, boolean centered) {
    RmsProp rule =
        RmsProp.builder().learningRate(1e6).momentum(momentum ? 0.5 : 0).centered(centered).build();
    double[] numbers = new double[LENGTH];
    double[] gradients = new double[LENGTH];
    double[] expected = new double[LENGTH];
    Arrays.setAll(gradients, i -> i % 2 == 0 ? -1 : 1);
    Arrays.setAll(numbers, i -> -gradients[i] * LARGEST);
    Arrays.setAll(expected, i -> -gradients[i] * Double.POSITIVE_INFINITY);
    try (DeviceBuffer params = backend.allocate(precision.parameters(), LENGTH);
        DeviceBuffer grads = backend.allocate(precision.gradients(), LENGTH);
        RmsPropState state = RmsPropState.allocate(backend, rule, precision, 0, LENGTH)) {
      Elements.write(params, numbers);
      Elements.write(grads, gradients);
      backend.step(rule, params, grads, state);
      Bits.assertHolds("parameters of " + precision, params, expected);
    }
  }
}
