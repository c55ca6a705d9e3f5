package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.ForeignMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;

/** Steps that do all that they are given: before C2 has compiled them, they do but one vector. */
final class Compiled {
  static final ForeignSteps STEPS = FoundSteps.find().steps();

  private static final int LENGTH = 4_096;

  private static final ByteBuffer MEMORY = ByteBuffer.allocateDirect(2 * LENGTH * Double.BYTES);
  private static final long PARAMS = address(MEMORY);
  private static final long GRADS = PARAMS + LENGTH * Double.BYTES;
  private static final float[] FLOATS = new float[LENGTH];
  private static final double[] DOUBLES = new double[LENGTH];

  private Compiled() {}

  /** Steps until all is done at once, in each variant; a step of one element does not disturb. */
  static void await() {
    for (int variant = 0; variant < 4; variant++) {
      long start = System.nanoTime();
      while (step(variant, 1) > 0 || step(variant, LENGTH) < 2 * LENGTH) {
        long nanos = System.nanoTime() - start;
        assertTrue(nanos < TimeUnit.SECONDS.toNanos(120), "variant " + variant);
      }
    }
  }

  /** How many elements of both types are stepped in place. */
  private static int step(int variant, int count) {
    boolean hasB = (variant & 1) != 0;
    boolean hasM = (variant & 2) != 0;
    return STEPS.step(
            new float[12],
            PARAMS,
            GRADS,
            FLOATS,
            hasB ? FLOATS : null,
            hasM ? FLOATS : null,
            0,
            count)
        + STEPS.step(
            new double[12],
            PARAMS,
            GRADS,
            DOUBLES,
            hasB ? DOUBLES : null,
            hasM ? DOUBLES : null,
            0,
            count);
  }

  /** The address of a direct buffer. */
  static long address(ByteBuffer direct) {
    return ForeignMemory.of(direct.order(ByteOrder.nativeOrder()).asFloatBuffer()).address();
  }
}
