package dev.rootmean.contract.machinery;

import dev.rootmean.contract.TypedArray;
import dev.rootmean.spi.Device;
import java.util.function.Supplier;

/** Mistakes with accumulators in blocks. */
final class BlockFaults {
  static final Supplier<Device<TypedArray>> NEAREST_FOR_RANDOM =
      planted(
          new BlockCoding() {
            @Override
            int random(long key, long place, String row) {
              return ReferenceBlocks.NEAREST;
            }
          });

  static final Supplier<Device<TypedArray>> BASE_OF_THE_FIRST_BLOCK =
      planted(
          new BlockCoding() {
            @Override
            int block(int block) {
              return 0;
            }
          });

  static final Supplier<Device<TypedArray>> BASE_OF_WHAT_IS_NOT_FINITE =
      planted(
          new BlockCoding() {
            @Override
            int base(double[] values, int[] random, int first, int end, boolean signed) {
              for (int i = first; i < end; i++) {
                if (!Double.isFinite(values[i])) {
                  return 2_039 - (signed ? 126 : 254);
                }
              }
              return super.base(values, random, first, end, signed);
            }
          });

  static final Supplier<Device<TypedArray>> TAIL_LEFT_OUT_OF_THE_BASE =
      planted(
          new BlockCoding() {
            @Override
            int base(double[] values, int[] random, int first, int end, boolean signed) {
              return super.base(values, random, first, first + (end - first) / 4 * 4, signed);
            }
          });

  static final Supplier<Device<TypedArray>> ZERO_BECOMES_THE_LEAST =
      planted(
          new BlockCoding() {
            @Override
            int code(double x, int random, int base, boolean signed) {
              return Math.max(super.code(x, random, base, signed), signed ? 0 : 1);
            }
          });

  static final Supplier<Device<TypedArray>> THE_LEAST_BECOMES_ZERO =
      planted(
          new BlockCoding() {
            @Override
            int code(double x, int random, int base, boolean signed) {
              boolean isLost = Double.isFinite(x) && ReferenceBlocks.number(x, random) <= base;
              return isLost && !signed ? 0 : super.code(x, random, base, signed);
            }
          });

  static final Supplier<Device<TypedArray>> SIGN_OF_A_NAN_KEPT =
      planted(
          new BlockCoding() {
            @Override
            int code(double x, int random, int base, boolean signed) {
              return super.code(x, random, base, signed) | (signed && Double.isNaN(x) ? 128 : 0);
            }
          });

  private BlockFaults() {}

  private static Supplier<Device<TypedArray>> planted(BlockCoding coding) {
    return Planting.arithmetic(() -> new ScalarStep(coding));
  }
}
