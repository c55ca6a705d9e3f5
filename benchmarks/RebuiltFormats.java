import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What others store accumulators as, rebuilt from what they have published: none of their libraries
 * runs here. One rounding a step, to nearest, and the scale of a block is its largest magnitude in
 * a float. bitsandbytes and torchao divide approximately or otherwise on some devices, which moves
 * a tie, and no more.
 */
final class RebuiltFormats {
  private static final int EXPONENTS = 7;
  private static final float LARGEST_E4M3 = 448;
  private static final double LEAST_NORMAL_E4M3 = 0x1p-6;
  private static final int E4M3_FRACTION_BITS = 3;

  /** Of torchao's quantisation to float8 and to 8 bits. */
  private static final float LEAST_SCALED = 1e-12f;

  private RebuiltFormats() {}

  /** As parameters in bfloat16 have it where accumulators are stored in the parameters' type. */
  static void bfloat16(float[] values, long attempt) {
    for (int i = 0; i < values.length; i++) {
      int bits = Float.floatToRawIntBits(values[i]);
      int rounded = bits + 0x7fff + (bits >>> 16 & 1);
      values[i] = Float.intBitsToFloat(rounded & 0xffff0000);
    }
  }

  /**
   * The dynamic map of 8 bits (Dettmers, 8-Bit Approximations for Parallelism in Deep Learning,
   * arXiv 1511.04561, and 8-bit Optimizers via Block-wise Quantization, arXiv 2110.02861), in the
   * form of create_dynamic_map in bitsandbytes and in torchao: for each power of ten from 10^-6 on
   * twice as many numbers as for the one below, in the middles of equal parts of a tenth to one;
   * and 0 and 1.
   *
   * @param signed also the numbers' opposites, and half as many of each
   */
  static float[] dynamicMap(boolean signed) {
    List<Float> numbers = new ArrayList<>(List.of(0f, 1f));
    for (int i = 0; i < EXPONENTS; i++) {
      int parts = signed ? 1 << i : 2 << i;
      double power = Math.pow(10, i - (EXPONENTS - 1));
      for (int part = 0; part < parts; part++) {
        float number = (float) (power * (0.1 + 0.9 * (part + 0.5) / parts));
        numbers.add(number);
        if (signed) {
          numbers.add(-number);
        }
      }
    }
    float[] map = new float[numbers.size()];
    for (int i = 0; i < map.length; i++) {
      map[i] = numbers.get(i);
    }
    Arrays.sort(map);
    return map;
  }

  /** The nearest number of a map, times the block's largest magnitude. */
  static Accumulator.Rounding nearestOf(float[] map) {
    return (values, attempt) -> {
      float largest = Math.max(largest(values), LEAST_SCALED);
      for (int i = 0; i < values.length; i++) {
        values[i] = nearest(map, values[i] / largest) * largest;
      }
    };
  }

  private static float nearest(float[] map, float x) {
    int found = Arrays.binarySearch(map, x);
    if (found >= 0) {
      return map[found];
    }
    int above = Math.min(-found - 1, map.length - 1);
    int below = Math.max(above - 1, 0);
    return x - map[below] < map[above] - x ? map[below] : map[above];
  }

  /** Float8 e4m3 (Micikevicius et al., FP8 Formats for Deep Learning, arXiv 2209.05433). */
  static void e4m3(float[] values, long attempt) {
    float scale = Math.max(largest(values), LEAST_SCALED) / LARGEST_E4M3;
    for (int i = 0; i < values.length; i++) {
      double x = values[i] / scale;
      int exponent = Math.getExponent(Math.max(Math.abs(x), LEAST_NORMAL_E4M3));
      double last = Math.scalb(1.0, exponent - E4M3_FRACTION_BITS);
      values[i] = (float) (Math.rint(x / last) * last) * scale;
    }
  }

  private static float largest(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
