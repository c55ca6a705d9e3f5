package dev.rootmean.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.GradientPolicy;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class StructBlockTest {
  private static final Coefficients K =
      new Coefficients(0.1, 1.1, 2.1, 3.1, 4.1, 5.1, 6.1, 7.1, 8.1, 9.1, 10.1, 11.1);

  @Test
  void eachCoefficientIsRoundedOnce() {
    CoefficientBlock block = new CoefficientBlock(DataType.FLOAT32);
    assertTrue(block.set(K));
    float[] expected = new float[12];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (float) (i + 0.1);
    }
    float[] found = new float[expected.length];
    block.bytes().asFloatBuffer().get(found);
    assertArrayEquals(expected, found);
    assertEquals(expected.length * Float.BYTES, block.bytes().remaining());
  }

  @Test
  void doublesStayAsTheyAre() {
    CoefficientBlock block = new CoefficientBlock(DataType.FLOAT64);
    assertTrue(block.set(K));
    double[] found = new double[12];
    block.bytes().asDoubleBuffer().get(found);
    assertArrayEquals(
        new double[] {0.1, 1.1, 2.1, 3.1, 4.1, 5.1, 6.1, 7.1, 8.1, 9.1, 10.1, 11.1}, found);
    assertEquals(found.length * Double.BYTES, block.bytes().remaining());
  }

  @Test
  void itSaysWhatIsNew() {
    CoefficientBlock block = new CoefficientBlock(DataType.FLOAT32);
    assertTrue(block.set(K));
    assertFalse(block.set(K));
  }

  @Test
  void aPolicyIsWhatTheKernelDecidesBy() {
    GradientPolicy policy =
        GradientPolicy.NONE
            .withNormClip(0.1, 0.2)
            .withMicroBatches(3)
            .withLossScale(new GradientPolicy.LossScale(64, 1.7, 0.3, 9, 0.7));
    PolicyBlock block = new PolicyBlock(DataType.FLOAT64);
    assertTrue(block.set(policy));
    assertFalse(block.set(policy));
    double[] found = new double[8];
    block.bytes().asDoubleBuffer().get(found);
    assertArrayEquals(new double[] {0.1, 0.2, 3, 1.7, 0.3, 9, 0.7, 1}, found);
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
        fields("policy.kernel", "Policy"));
    assertTrue(block.set(GradientPolicy.NONE));
    assertEquals(0, block.bytes().getDouble(7 * Double.BYTES));
  }

  private static String[] fields(String resource, String name) {
    Matcher struct =
        Pattern.compile("typedef struct \\{([^}]*)} " + name + ";")
            .matcher(KernelSource.resource(resource));
    assertTrue(struct.find());
    String[] fields = struct.group(1).replace("REAL", "").strip().split("[,;]\\s*", 0);
    return Arrays.stream(fields).map(String::strip).toArray(String[]::new);
  }

  /** The kernel's struct and the record name them in one order, which is the block's. */
  @Test
  void theOrderIsTheKernels() {
    String[] fields = fields("rmsprop.kernel", "Coefficients");
    var components = Coefficients.class.getRecordComponents();
    for (int i = 0; i < components.length; i++) {
      String name = components[i].getName().replaceAll("([A-Z])", "_$1");
      assertTrue(name.equalsIgnoreCase(fields[i].strip()), name + " is " + fields[i]);
    }
  }
}
