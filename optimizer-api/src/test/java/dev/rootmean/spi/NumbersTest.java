package dev.rootmean.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.GradientPolicy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** What a kernel's struct holds. */
class NumbersTest {
  private static final double[] VALUES = {0.1, 1.1, 2.1, 3.1};

  private static ByteBuffer struct(DataType type, Numbers numbers, int count) {
    ByteBuffer struct = ByteBuffer.allocate(count * type.bytes()).order(ByteOrder.nativeOrder());
    numbers.put(struct);
    assertEquals(0, struct.position());
    return struct;
  }

  @Test
  void eachIsRoundedOnce() {
    Numbers numbers = new Numbers(DataType.FLOAT32, VALUES.clone());
    float[] found = new float[4];
    struct(DataType.FLOAT32, numbers, 4).asFloatBuffer().get(found);
    assertArrayEquals(new float[] {0.1f, 1.1f, 2.1f, 3.1f}, found);
  }

  @Test
  void doublesStayAsTheyAre() {
    Numbers numbers = new Numbers(DataType.FLOAT64, VALUES.clone());
    double[] found = new double[4];
    struct(DataType.FLOAT64, numbers, 4).asDoubleBuffer().get(found);
    assertArrayEquals(VALUES, found);
  }

  /** By the names that the kernel's struct has. */
  @Test
  void aPolicyIsWhatTheKernelDecidesBy() {
    GradientPolicy policy =
        GradientPolicy.NONE
            .withNormClip(0.1, 0.2)
            .withMicroBatches(3)
            .withLossScale(new GradientPolicy.LossScale(64, 1.7, 0.3, 9, 0.7));
    assertArrayEquals(
        new String[] {
          "norm_clip",
          "norm_clip_epsilon",
          "micro_batches",
          "growth",
          "backoff",
          "growth_interval",
          "least",
          "skipping"
        },
        Kernels.decide(DataType.FLOAT64).numbers().toArray());
    double[] found = new double[8];
    Numbers numbers = Kernels.numbers(policy, DataType.FLOAT64);
    struct(DataType.FLOAT64, numbers, 8).asDoubleBuffer().get(found);
    assertArrayEquals(new double[] {0.1, 0.2, 3, 1.7, 0.3, 9, 0.7, 1}, found);
    assertEquals(0, Kernels.numbers(GradientPolicy.NONE, DataType.FLOAT64).get(7));
  }
}
