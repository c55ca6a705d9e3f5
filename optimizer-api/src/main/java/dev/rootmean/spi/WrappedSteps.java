package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A few steps over wrapped memory of the host, by each kind of rule, on two backends.
 *
 * @since 0.1.0
 */
public final class WrappedSteps {
  /** More than a vector of any processor, and no multiple of one. */
  private static final int LENGTH = 70;

  private static final int STEPS = 3;

  private WrappedSteps() {}

  /**
   * Compares the bits of all that the steps write.
   *
   * @param tried takes memory of the host
   * @param known takes it, too, and gives the right bits
   * @return the type and the rule of the first steps that differ; empty if none do
   */
  public static Optional<String> firstThatDiffers(OptimizerBackend tried, OptimizerBackend known) {
    for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
      for (double momentum : new double[] {0, 0.9}) {
        for (boolean centered : new boolean[] {false, true}) {
          RmsProp rule =
              RmsProp.builder()
                  .momentum(momentum)
                  .nesterov(momentum != 0)
                  .centered(centered)
                  .weightDecay(0.1)
                  .initialSquareAverage(0.3)
                  .build();
          if (!Arrays.equals(stepped(tried, type, rule), stepped(known, type, rule))) {
            return Optional.of(type + ", " + rule);
          }
        }
      }
    }
    return Optional.empty();
  }

  private static byte[] stepped(OptimizerBackend backend, DataType type, RmsProp rule) {
    try (DeviceBuffer params = backend.wrap(foreign(type, 3));
        DeviceBuffer grads = backend.wrap(foreign(type, 7));
        RmsPropState state = RmsPropState.allocate(backend, rule, type, LENGTH)) {
      for (int step = 0; step < STEPS; step++) {
        backend.step(rule, params, grads, state);
      }
      List<DeviceBuffer> rows = new ArrayList<>(List.of(params, state.squareAverage()));
      state.momentum().ifPresent(rows::add);
      state.gradientAverage().ifPresent(rows::add);
      int bytes = LENGTH * type.bytes();
      ByteBuffer bits = ByteBuffer.allocate(rows.size() * bytes).order(ByteOrder.nativeOrder());
      for (DeviceBuffer row : rows) {
        row.read(0, bits.limit(bits.position() + bytes));
      }
      return bits.array();
    }
  }

  private static ForeignMemory foreign(DataType type, int divisor) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(LENGTH * type.bytes()).order(ByteOrder.nativeOrder());
    for (int i = 0; i < LENGTH; i++) {
      type.put(bytes, i * type.bytes(), (i - LENGTH / 3) / (double) divisor);
    }
    return type == DataType.FLOAT32
        ? ForeignMemory.of(bytes.asFloatBuffer())
        : ForeignMemory.of(bytes.asDoubleBuffer());
  }
}
